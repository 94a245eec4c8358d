using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Souk.IntegrationTests.Flows;
using Souk.Platform.Db;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Host;

/// <summary>
/// P19: schemas change while the marketplace serves. On a table that every checkout writes, and that is large, an index is built
/// and a column is added, while somebody holds what both wait for; both are killed halfway and run again.
/// </summary>
[Collection("crashes")]
public sealed class MigrationsUnderLoadTests(ITestOutputHelper output)
{
    private const int Rows = 200_000;
    private const int TriesMin = 2;

    // What the next version of carts would bring.
    private static readonly (string Name, string Sql)[] Index =
        [("9001_by_route.concurrently.sql",
            "create index concurrently idempotency_by_route on idempotency (route, created_at);")];

    private static readonly (string Name, string Sql)[] IndexAndColumn =
        [.. Index,
            ("9002_checked.sql",
            "alter table idempotency add column checked_by text; create table checks (id uuid primary key);")];

    private static readonly TimeSpan PauseOfBuyers = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_large_table_changes_under_load_and_no_request_fails()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, Street.Settings);
        await souk.Start();
        var street = new Street(souk.Client);
        var lamp = await (await street.Seller()).Sells(1000, 1_000_000);
        await street.OnSale(lamp);
        await database.Rows($"""
            insert into carts.idempotency (principal, route, key, request_hash, status, body)
            select 'anonymous:' || n, 'POST /orders', n::text, sha256(n::text::bytea), 201, '{"{}"}' from generate_series(1, {Rows}) n
            """, _ => 0);
        await using var traffic = new Traffic(souk, lamp);
        await traffic.Answers(3);

        // An index: it lies there half made as long as a writer of before is open, and its builder is killed then.
        await using (var writer = await Holder.Of(database, "lock table carts.idempotency in row exclusive mode"))
        {
            var first = Migrate(database, Index);
            await Eventually(async () => Assert.Equal(false, await IsValid(database)));
            await Kill(database);
            await Assert.ThrowsAnyAsync<Exception>(() => first);
            Assert.Equal(false, await IsValid(database));
            await traffic.Answers(3);
        }

        Assert.Equal(1, await Migrate(database, Index));
        Assert.Equal((true, 0), (await IsValid(database), await Migrate(database, Index)));

        // A lock: whoever holds it must neither end the migration nor stop who comes behind it.
        var tries = new CountedTries();
        await using var holder = await Holder.Of(database, "lock table carts.idempotency in access share mode");
        var second = Migrate(database, IndexAndColumn, tries);
        await AtLeast(TriesMin, () => tries.Count);
        await traffic.Answers(3);
        await Kill(database);
        await Assert.ThrowsAnyAsync<Exception>(() => second);
        Assert.Equal(0, await Columns(database));
        var third = Migrate(database, IndexAndColumn, tries);
        await traffic.Answers(3);
        await holder.DisposeAsync();
        Assert.Equal(1, await third);
        Assert.Equal((0, true, 1L), (await Migrate(database, IndexAndColumn), await IsValid(database),
            await Columns(database)));
        await traffic.Answers(3);
        await traffic.Stop();
        output.WriteLine(
            $"{Rows} rows, an index and a column, 2 kills, {tries.Count} tries for the lock: "
            + $"{traffic.Answered} orders, errors {traffic.Errors.Count}, asked again {traffic.Again}, "
            + $"longest stall {traffic.Longest.TotalSeconds:0.00} s (usually {traffic.Usual.TotalSeconds:0.00} s); "
            + "run again: clean");
        Assert.Empty(traffic.Errors);
    }

    private static async Task<int> Migrate(
        TestDatabase database, (string Name, string Sql)[] files, CountedTries? tries = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(SoukServer.Settings(database.Owner, 1))
            .Build();
        var connections = new Connections(configuration, new Secrets(configuration), NullLoggerFactory.Instance);
        return await new Migrator([new MigrationSource("carts", new NextVersion(files))], connections,
            TimeProvider.System, tries ?? new CountedTries()).Run(Ct);
    }

    private static Task AtLeast(int count, Func<int> now) => Eventually(() =>
    {
        Assert.InRange(now(), count, int.MaxValue);
        return Task.CompletedTask;
    });

    // As the server sees a process that was killed: its connection is gone. It has the lock of the migrations.
    private static Task Kill(TestDatabase database) => Eventually(async () => Assert.Equal([true], await database.Rows("""
        select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
         where d.datname = current_database() and l.locktype = 'advisory' and l.classid = 0 and l.objid = 1399813483 and l.granted
        """, row => row.GetBoolean(0))));

    private static async Task<bool?> IsValid(TestDatabase database) => (await database.Rows(
        "select indisvalid from pg_index where indexrelid = to_regclass('carts.idempotency_by_route')", row =>
            (bool?)row.GetBoolean(0))).SingleOrDefault();

    private static async Task<long> Columns(TestDatabase database) => (await database.Rows(
        "select count(*) from information_schema.columns where table_schema = 'carts' and column_name = 'checked_by'",
            row => row.GetInt64(0))).Single();

    /// <summary>An assembly that holds nothing but migrations.</summary>
    private sealed class NextVersion((string Name, string Sql)[] files) : Assembly
    {
        public override string[] GetManifestResourceNames() => [.. files.Select(file => file.Name)];

        public override Stream? GetManifestResourceStream(string name) =>
            new MemoryStream(Encoding.UTF8.GetBytes(files.Single(file => file.Name == name).Sql));
    }

    /// <summary>Counts how often a migration gave its lock up.</summary>
    private sealed class CountedTries : ILogger<Migrator>
    {
        private int count;

        public int Count => Volatile.Read(ref count);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState,
            Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains("asks for its locks again", StringComparison.Ordinal))
                Interlocked.Increment(ref count);
        }
    }

    /// <summary>A transaction that holds a lock until it is disposed of.</summary>
    private sealed class Holder(NpgsqlConnection connection) : IAsyncDisposable
    {
        public static async Task<Holder> Of(TestDatabase database, string sql)
        {
            var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.Owner) {
                Pooling = false }.ConnectionString);
            await connection.OpenAsync(Ct);
            await using var command = new NpgsqlCommand("begin; " + sql, connection);
            await command.ExecuteNonQueryAsync(Ct);
            return new Holder(connection);
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }

    /// <summary>A few orders a second, for as long as it lives.</summary>
    private sealed class Traffic : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly ConcurrentBag<TimeSpan> took = [];
        private readonly Task[] buyers;
        private int again;

        public Traffic(SoukProcess souk, Guid lamp) =>
            buyers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => Buy(souk, lamp)))];

        public ConcurrentBag<string> Errors { get; } = [];

        public int Answered => took.Count;

        public int Again => again;

        public TimeSpan Longest => took.Max();

        public TimeSpan Usual => took.Order().ElementAt(took.Count / 2);

        /// <summary>Waits for so many orders that begin from now on.</summary>
        public Task Answers(int count)
        {
            // Those under way may have been let through before.
            var enough = Answered + count + buyers.Length;
            return AtLeast(enough, () => Answered);
        }

        public async Task Stop()
        {
            await stop.CancelAsync();
            await Task.WhenAll(buyers);
        }

        public async ValueTask DisposeAsync()
        {
            await Stop();
            stop.Dispose();
        }

        private async Task Buy(SoukProcess souk, Guid lamp)
        {
            using var http = souk.Client();
            while (!stop.IsCancellationRequested)
            {
                var (key, started) = (Guid.CreateVersion7().ToString(), Stopwatch.GetTimestamp());
                while (await Ask(http, key, lamp) && !stop.IsCancellationRequested)
                    Interlocked.Increment(ref again);
                took.Add(Stopwatch.GetElapsedTime(started));
                await Task.Delay(PauseOfBuyers, CancellationToken.None);
            }
        }

        // Whether to ask again with the same key, as the answer says: a machine that is too busy for a second is no failure.
        private async Task<bool> Ask(HttpClient http, string key, Guid lamp)
        {
            try
            {
                using var answer = await http.Order(key, [(lamp, 1)], CancellationToken.None, ("card", "tok_success"));
                var body = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                if (answer.StatusCode == HttpStatusCode.Created)
                    return false;
                if (answer.Headers.RetryAfter is not null && JsonElement.Parse(body)
                    .Text("code") is "still_running" or "busy")
                {
                    await Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None);
                    return true;
                }
                Errors.Add($"{(int)answer.StatusCode} {body}");
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                Errors.Add(e.Message);
            }
            return false;
        }
    }
}
