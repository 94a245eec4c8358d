using System.Data.Common;
using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Souk.Contracts;
using Souk.Platform.Events;

namespace Souk.Platform.Db;

/// <summary>
/// The unit of work of one request or one batch of events: a connection, a transaction, and the commands, events and audit
/// rows that go with it. Commands are gathered and sent together, the last message ends with the commit; so a simple write
/// is one round trip. The connection is taken from the pool at the first command, not before.
/// </summary>
internal sealed class Work(Service service) : IAsyncDisposable
{
    // What a rolled-back division says: a statement that had to change a row changed none.
    private const string DivisionByZero = "22012";

    private readonly List<Deferred> deferred = [];
    private readonly List<Func<IEvent>> published = [];
    private List<Action>? afterCommit;
    private bool begun;
    private bool isOfRequest;
    private Turns.Turn? turn;
    private Task? left;
    private CancellationToken time;

    public Service Service => service;

    /// <summary>The trace each aggregate's event came with, so that what follows from it carries the same.</summary>
    public IReadOnlyDictionary<Guid, string>? Traces { get; set; }

    /// <summary>The trace of what happens to an aggregate here: of its cause, or of the request.</summary>
    public string? TraceOf(Guid key) => Traces?.GetValueOrDefault(key) ?? Activity.Current?.Id;

    /// <summary>Whether a transaction is wanted: a request that may write, or a batch of events. Reads alone have none.</summary>
    public bool Active { get; private set; }

    /// <summary>Whether the transaction has reached the database.</summary>
    public bool Begun => begun;

    /// <summary>Set when the commit of a batch must be flushed before anybody sees its effects outside the database.</summary>
    public bool MustBeDurable { get; private set; }

    /// <summary>Unopened until the first command.</summary>
    public NpgsqlConnection Connection => field ??= service.DataSource.CreateConnection();

    private bool HasConnection { get; set; }

    public bool HasDeferred => deferred.Count > 0;

    public bool IsEmpty => !begun && deferred.Count == 0 && published.Count == 0;

    /// <summary>For what finishes work that was taken, as events do: it takes a connection of the pool when there is one.</summary>
    public void Start() => Active = true;

    /// <summary>
    /// For a request, and for jobs that bring new work: they wait for their turn first, so that they never take all of the pool.
    /// </summary>
    public void StartRequest() => Active = isOfRequest = true;

    public void Publish(Func<IEvent> make)
    {
        if (!Active)
            throw new InvalidOperationException("Events are published by writes only: a GET changes nothing.");
        published.Add(make);
    }

    public void Durable() => MustBeDurable = true;

    public void AfterCommit(Action action) => (afterCommit ??= []).Add(action);

    /// <summary>
    /// Adds a command to the next message. <paramref name="read" /> gets its rows, if it returns any;
    /// <paramref name="refuse" /> names the failure of one that divides by the number of rows it changed.
    /// </summary>
    public void Defer(string sql, object?[] args, Action<NpgsqlDataReader>? read = null, Func<Exception, Exception>? refuse = null) =>
        deferred.Add(new Deferred(Command(sql, args), read, refuse));

    public async Task<List<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> read, object?[] args, CancellationToken ct)
    {
        if (!Active)
            return await service.Query(sql, read, ct, args);
        var rows = new List<T>();
        Defer(sql, args, reader =>
        {
            while (reader.Read())
                rows.Add(read(reader));
        });
        await Send(ct);
        return rows;
    }

    /// <summary>
    /// A statement that is the whole of a write: the server commits it at its end, which saves a message. Where something else
    /// belongs to the transaction, such as an idempotency record, it joins that.
    /// </summary>
    public async Task<List<T>> QueryAlone<T>(string sql, Func<NpgsqlDataReader, T> read, object?[] args, CancellationToken ct)
    {
        if (!Active || begun || deferred.Count > 0 || published.Count > 0)
            return await Query(sql, read, args, ct);
        var rows = new List<T>();
        Defer(sql, args, reader =>
        {
            while (reader.Read())
                rows.Add(read(reader));
        });
        await Send(begin: false, ct);
        return rows;
    }

    public async Task<int> Execute(string sql, object?[] args, CancellationToken ct)
    {
        if (!Active)
            throw new InvalidOperationException("Only a write may change rows.");
        var command = Command(sql, args);
        deferred.Add(new Deferred(command, null, null));
        await Send(ct);
        return (int)command.RecordsAffected;
    }

    /// <summary>Opens the connection and the transaction, and sends what was gathered: EF Core is about to use it.</summary>
    public async Task Flush(CancellationToken ct)
    {
        if (!begun || deferred.Count > 0)
            await Send(ct);
    }

    /// <summary>
    /// Sends what is left and commits, in one message. <paramref name="last" /> adds what must be written after everything
    /// else, such as the answer under its idempotency key.
    /// </summary>
    public async Task Commit(Action? last, CancellationToken ct)
    {
        var outbox = Encode();
        if (outbox.Count > 0)
            Defer(service.Sql.OutboxInsert, outbox.Arguments());
        last?.Invoke();
        await Finish(ct);
        if (outbox.Count > 0)
            service.Signals.WakeRelay(service.Name);
    }

    /// <summary>The same for a consumer: what it publishes is appended to the log at once.</summary>
    public async Task CommitBatch(CancellationToken ct)
    {
        var events = Encode();
        Appended? appended = null;
        IEnumerable<string> drained = [];
        // It locks the topic row: the last lock a transaction takes.
        if (events.Count > 0)
            Defer(service.Sql.LogAppend, events.Arguments(), reader =>
            {
                if (!reader.Read())
                    return;
                appended = reader.IsDBNull(0) ? null : events.At(reader.GetInt64(0));
                drained = reader.IsDBNull(1) ? [] : reader.GetFieldValue<string[]>(1);
            });
        if (MustBeDurable)
            Defer(ServiceSql.Durable, [], _ => { });
        await Finish(ct);
        if (appended is not null)
            service.Signals.HandOver(service.Name, appended);
        if (events.Count > 0)
            service.Signals.Wake(service.Name, events.Types.Union(drained));
    }

    /// <summary>Whether something was left behind that still uses the connection: see <see cref="InTime" />.</summary>
    public bool HasLeft => left is { IsCompleted: false };

    /// <summary>Does something on a connection that this work answers for, as long as there is time.</summary>
    public Task<T> Do<T>(Func<CancellationToken, Task<T>> work, CancellationToken ct) => InTime.Run(work, behind => left = behind, ct);

    /// <summary>The same, for what has no result.</summary>
    public Task Do(Func<CancellationToken, Task> work, CancellationToken ct) => Do(
        async own =>
        {
            await work(own);
            return true;
        },
        ct);

    /// <summary>Closes a connection when nothing uses it any more; who waits for that does so as long as there is time.</summary>
    public async Task Close(DbConnection connection)
    {
        if (left is not null)
            await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Npgsql rolls back what is open before the connection goes back to the pool.
        await connection.DisposeAsync();
        Interlocked.Exchange(ref turn, null)?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasConnection)
            return;
        HasConnection = false;
        await Close(Connection).WaitAsync(time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task Finish(CancellationToken ct)
    {
        // Without a begin the whole message is one implicit transaction: the server commits it at its end.
        if (begun)
            Defer("commit", []);
        if (deferred.Count > 0)
            await Send(begin: false, ct);
        Active = false;
        begun = false;
        await DisposeAsync();
        if (afterCommit is not null)
            foreach (var action in afterCommit)
                action();
    }

    private Task Send(CancellationToken ct) => Send(begin: true, ct);

    private Task Send(bool begin, CancellationToken ct)
    {
        time = ct;
        return Do(own => SendNow(begin, own), ct);
    }

    private async Task SendNow(bool begin, CancellationToken ct)
    {
        if (!HasConnection)
        {
            HasConnection = true;
            if (isOfRequest)
                Volatile.Write(ref turn, await service.Writers.Take(ct));
            await Connection.OpenAsync(ct);
        }

        await using var batch = new NpgsqlBatch(Connection);
        if (begin && !begun)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
            begun = true;
        }
        Deferred[] sent = [.. deferred];
        deferred.Clear();
        foreach (var command in sent)
            batch.BatchCommands.Add(command.Command);

        try
        {
            await using var reader = await batch.ExecuteReaderAsync(ct);
            Deferred? silent = null;
            foreach (var command in sent)
            {
                if (command.Read is null)
                {
                    silent = command;
                    continue;
                }
                CheckSilence(silent);
                ct.ThrowIfCancellationRequested();
                command.Read(reader);
                await reader.NextResultAsync(ct);
                silent = null;
            }
            CheckSilence(silent);
            while (await reader.NextResultAsync(ct))
            {
            }
        }
        catch (PostgresException e) when (e.SqlState == DivisionByZero && Refusal(sent, e) is { } refuse)
        {
            throw refuse(e);
        }
    }

    // The reader stands at the next rows there are, and only what comes before them is complete. A statement that should have
    // none and is not complete has some, or comes after one that has: the next would read the rows of another.
    private static void CheckSilence(Deferred? command)
    {
        if (command is { Command.StatementType: StatementType.Unknown })
            throw new InvalidOperationException(
                $"Rows came that nobody reads. Give the statement to Ask or Query: {command.Command.CommandText}");
    }

    private static Func<Exception, Exception>? Refusal(Deferred[] sent, PostgresException e) =>
        Array.Find(sent, command => command.Command == e.BatchCommand)?.Refuse;

    private EncodedEvents Encode()
    {
        var events = new EncodedEvents(TraceOf);
        foreach (var make in published)
            events.Add(make());
        published.Clear();
        return events;
    }

    private static NpgsqlBatchCommand Command(string sql, object?[] args)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var arg in Each(args))
            command.Parameters.Add(Parameter(arg));
        return command;
    }

    // A lone string[] is taken for the list of all arguments, and each text for one of them.
    internal static object?[] Each(object?[] args) => args.GetType() == typeof(object[])
        ? args
        : throw new ArgumentException("An array that is the only argument needs a cast: (object)names.", nameof(args));

    internal static NpgsqlParameter Parameter(object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value },
        NpgsqlParameter parameter => parameter,
        Guid id => new NpgsqlParameter<Guid> { TypedValue = id },
        string text => new NpgsqlParameter<string> { TypedValue = text },
        long number => new NpgsqlParameter<long> { TypedValue = number },
        int number => new NpgsqlParameter<int> { TypedValue = number },
        Guid[] ids => new NpgsqlParameter<Guid[]> { TypedValue = ids },
        JsonElement json => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Jsonb, Value = json.GetRawText() },
        _ => new NpgsqlParameter { Value = value },
    };

    private sealed record Deferred(NpgsqlBatchCommand Command, Action<NpgsqlDataReader>? Read, Func<Exception, Exception>? Refuse);
}
