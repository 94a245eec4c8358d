using Npgsql;
using Souk.Platform.Events;

namespace Souk.Platform.Db;

/// <summary>What the platform keeps about one service of this process: its name, its pool, its statements and who listens.</summary>
public abstract class Service
{
    // The relay and the consumer. Without them no order that was taken goes on, and the request that waits for it holds on.
    private const int KeptForEvents = 2;

    // Who writes waits for events afterwards, and has ten seconds for all of it.
    private static readonly TimeSpan TurnMax = TimeSpan.FromSeconds(1);

    private int writesOpen;
    private bool hasTurn;

    internal Service(string name, Type dbType, NpgsqlDataSource dataSource, Signals signals, TimeProvider clock)
    {
        Name = name;
        DbType = dbType;
        DataSource = dataSource;
        Signals = signals;
        Sql = new ServiceSql(name);
        var size = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString).MaxPoolSize;
        Writers = new Turns(Math.Max(1, size - KeptForEvents), TurnMax, clock);
    }

    /// <summary>Role, schema and topic of the service.</summary>
    public string Name { get; }

    /// <summary>The service's own pool: its login role, its schema on the search path.</summary>
    public NpgsqlDataSource DataSource { get; }

    internal Type DbType { get; }

    internal Signals Signals { get; }

    internal ServiceSql Sql { get; }

    /// <summary>
    /// As many requests as may write at a time. The pool hands out connections first come, first served: without it what finishes
    /// the orders would stand in one queue with those who bring more of them.
    /// </summary>
    internal Turns Writers { get; }

    /// <summary>Requests that are writing at this moment and have not committed.</summary>
    internal int WritesOpen => Volatile.Read(ref writesOpen);

    /// <summary>What the service subscribed to, in the order it said so.</summary>
    internal List<Subscription> Subscriptions { get; } = [];

    internal Subscription? Subscription(string topic, string type) =>
        Subscriptions.Find(subscription => subscription.Topic == topic && subscription.Type == type);

    /// <summary>Whether this process, of all replicas, does what one of them does at a time. Only with Kafka.</summary>
    internal bool HasTurn { get => Volatile.Read(ref hasTurn); set => Volatile.Write(ref hasTurn, value); }

    /// <summary>All rows of a statement that belongs to no unit of work and is committed by itself.</summary>
    public Task<List<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object?[] args) => InTime.Run(
        async own =>
        {
            var rows = new List<T>();
            await using var command = DataSource.CreateCommand(sql);
            foreach (var arg in Work.Each(args))
                command.Parameters.Add(Work.Parameter(arg));
            await using var reader = await command.ExecuteReaderAsync(own);
            while (await reader.ReadAsync(own))
                rows.Add(read(reader));
            return rows;
        },
        ct);

    /// <summary>The same, for a statement without rows; answers how many it changed.</summary>
    public Task<int> Execute(string sql, CancellationToken ct, params object?[] args) => InTime.Run(
        async own =>
        {
            await using var command = DataSource.CreateCommand(sql);
            foreach (var arg in Work.Each(args))
                command.Parameters.Add(Work.Parameter(arg));
            return await command.ExecuteNonQueryAsync(own);
        },
        ct);

    internal void WriteBegins() => Interlocked.Increment(ref writesOpen);

    internal void WriteEnds() => Interlocked.Decrement(ref writesOpen);
}

/// <summary>The service of a database; ask for it where only the type of the database is known.</summary>
/// <typeparam name="TDb">The service's database.</typeparam>
public sealed class Service<TDb> : Service where TDb : ServiceDb
{
    internal Service(string name, NpgsqlDataSource dataSource, Signals signals, TimeProvider clock)
        : base(name, typeof(TDb), dataSource, signals, clock)
    {
    }
}
