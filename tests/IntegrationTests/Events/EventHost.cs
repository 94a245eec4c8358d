using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Contracts;
using Souk.IntegrationTests.Events.Alpha;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Events;

namespace Souk.IntegrationTests.Events
{
    /// <summary>Two services that do nothing but trade events, on a database of their own: the event core without the marketplace.</summary>
    public sealed class EventHost : IAsyncLifetime
    {
        private readonly string database = $"souk_events_{Guid.CreateVersion7():n}";
        private string? server;

        public string Owner => new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;

        public async ValueTask InitializeAsync()
        {
            server = Environment.GetEnvironmentVariable("ConnectionStrings__Souk");
            if (server is null)
                return;
            await Sql(server, $"create database {database}");
            using var host = Build();
            await host.Services.Migrate(CancellationToken.None);
            await Sql(Owner, """
                create table beta.seen (n bigint generated always as identity primary key, event uuid not null, key uuid not null, step int not null);
                create table beta.effects (event uuid not null, key uuid not null, step int not null);
                grant select, insert on beta.seen, beta.effects to public;
                """);
        }

        public async ValueTask DisposeAsync()
        {
            if (server is not null)
                await Sql(server, $"drop database if exists {database} with (force)");
        }

        /// <summary>A process of the pair. Several of them may run side by side on the one database.</summary>
        /// <param name="more">Settings of its own, such as a Kafka between the two.</param>
        internal IHost Build(Dictionary<string, string?>? more = null)
        {
            Assert.SkipWhen(server is null, "No PostgreSQL: ConnectionStrings__Souk is not set.");
            var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ConnectionStrings:Souk"] = Owner,
                ["Souk:Secret"] = "the secret of a test, longer than 32",
            });
            builder.Configuration.AddInMemoryCollection(more ?? []);
            builder.Logging.SetMinimumLevel(more is null ? LogLevel.None : LogLevel.Warning);
            if (more is not null)
                builder.Logging.AddProvider(new TestLog($"{database}-{Guid.CreateVersion7():n}"));
            builder.AddPlatform();
            builder.AddService<AlphaDb>("alpha");
            builder.AddService<BetaDb>("beta").On<Happened, OnHappened>().On<Sprang, OnSprang>();
            return builder.Build();
        }

        internal static async Task Sql(string connectionString, string sql)
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
            await command.ExecuteNonQueryAsync();
        }

        internal async Task<T> Ask<T>(string sql)
        {
            await using var connection = new NpgsqlConnection(Owner);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
            return (T)(await command.ExecuteScalarAsync())!;
        }

        internal async Task Until(string sql, long wanted, TimeSpan limit)
        {
            var end = TimeProvider.System.GetTimestamp() + (long)(limit.TotalSeconds * TimeProvider.System.TimestampFrequency);
            long last;
            do
            {
                last = await Ask<long>(sql);
                if (last == wanted)
                    return;
                await Task.Delay(100);
            }
            while (TimeProvider.System.GetTimestamp() < end);
            Assert.Fail($"{sql} is {last}, not {wanted}, after {limit}.");
        }
    }

    internal sealed class AlphaDb(DbContextOptions<AlphaDb> options, Service<AlphaDb> service) : ServiceDb(options, service);

    internal sealed class BetaDb(DbContextOptions<BetaDb> options, Service<BetaDb> service) : ServiceDb(options, service);

    internal sealed class OnHappened(BetaDb db) : IHandle<Happened>
    {
        /// <summary>Ids of events whose handling fails: the test plants and heals them.</summary>
        public static readonly HashSet<Guid> Poison = [];

        /// <summary>Ids of events whose first handling takes long.</summary>
        public static readonly ConcurrentDictionary<Guid, TimeSpan> Slow = [];

        public async Task Handle(Happened e, CancellationToken ct)
        {
            lock (Poison)
                if (Poison.Contains(e.Id))
                    throw new InvalidOperationException("Planted.");
            if (Slow.TryRemove(e.Id, out var pause))
            {
                // In the middle of its transaction.
                await db.Query("select 1", _ => 0, ct);
                await Task.Delay(pause, ct);
            }
            db.Run("insert into seen (event, key, step) values ($1, $2, $3)", e.Id, e.Key, e.Step);
            if (e.Step % 10 == 0)
                db.Publish(new Beta.Echoed(e.Key, e.Id));
        }
    }

    internal sealed class OnSprang(BetaDb db) : IHandleBatch<Sprang>
    {
        public Task Handle(IReadOnlyList<Sprang> events, CancellationToken ct)
        {
            db.Run("insert into effects (event, key, step) select * from unnest($1, $2, $3)",
                events.Select(e => e.Id).ToArray(), events.Select(e => e.Key).ToArray(), events.Select(e => e.Step).ToArray());
            return Task.CompletedTask;
        }
    }
}

namespace Souk.IntegrationTests.Events.Alpha
{
    /// <summary>Handled one by one.</summary>
    public sealed record Happened(Guid Key, Guid Id, int Step) : IEvent;

    /// <summary>Nobody listens to it; it is published in a race.</summary>
    public sealed record Raced(Guid Key, int Step) : IEvent;

    /// <summary>Handled by the batch.</summary>
    public sealed record Sprang(Guid Key, Guid Id, int Step) : IEvent;
}

namespace Souk.IntegrationTests.Events.Beta
{
    /// <summary>What a consumer publishes.</summary>
    public sealed record Echoed(Guid Key, Guid Of) : IEvent;
}
