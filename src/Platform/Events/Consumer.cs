using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Platform.Events;

/// <summary>
/// The consumer of a service: one loop that reads all its topics by position and applies what came in batches. With several
/// processes the one that holds the advisory lock consumes; the fence on the cursor is the proof that it is alone.
/// </summary>
internal sealed class Consumer(
    Service service, Connections connections, IServiceScopeFactory scopes, ILogger<Consumer> logger) : BackgroundService
{
    private const int LimitMax = 500;
    private const long IdleMoveMin = 10_000;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly BatchOfEvents batches = new(service, scopes);
    private readonly Signal signal = new();
    private readonly Topic[] topics = [.. service.Subscriptions.GroupBy(s => s.Topic).Select(topic => new Topic(topic.Key, [.. topic]))];
    private long appliedAt;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var topic in topics)
        {
            service.Signals.Follow(topic.Name, topic.Hear);
            foreach (var subscription in topic.ByType.Values)
                service.Signals.Listen(topic.Name, subscription.Type, () =>
                {
                    topic.Dirty = true;
                    if (subscription.Hurry)
                        signal.Set();
                    else
                        signal.SetWithin(Subscription.Gather(Volatile.Read(ref appliedAt)));
                });
        }
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (topics.Length == 0)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var turn = await Turn.Take(service, connections, "souk consumer", stoppingToken);
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                var parked = new ParkedEvents(service, batches, logger);
                await parked.Load(ended.Token);
                await InTime.Finish(LoadCursors, ended.Token);
                var retries = parked.RetryLoop(hasTurn: null, ended.Token);
                try
                {
                    await ConsumeWhileAlone(turn, new Delivery(service, batches, parked, logger), ended.Token);
                }
                finally
                {
                    await ended.CancelAsync();
                    await retries.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The outcome of a failed commit is unknown: begin again from the cursor in the database, never from memory.
                logger.LogWarning(e, "The consumer of {Service} begins again from its cursor", service.Name);
                await Task.Delay(TimeSpan.FromMilliseconds(200 + Random.Shared.Next(300)), stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What an exception says in one line that may be stored: no stack, no parameters.</summary>
    internal static string Reason(Exception e)
    {
        var cause = e is Microsoft.EntityFrameworkCore.DbUpdateException { InnerException: { } inner } ? inner : e;
        var text = $"{cause.GetType().Name}: {(cause is PostgresException p ? $"{p.SqlState} {p.MessageText}" : cause.Message)}";
        return text.Length <= 500 ? text : text[..500];
    }

    /// <summary>Whether the database, not the event, is to blame.</summary>
    internal static bool IsTransient(Exception? e) => e switch
    {
        null => false,
        PostgresException p => p.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or Connections.IdleInTransaction
            || p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.SqlState.StartsWith("53", StringComparison.Ordinal),
        NpgsqlException => true,
        System.Net.Sockets.SocketException or IOException or FencedException => true,
        _ => IsTransient(e.InnerException),
    };

    private async Task ConsumeWhileAlone(Turn turn, Delivery delivery, CancellationToken ct)
    {
        while (true)
        {
            await turn.Check(ct);
            if (!await ReadAndApply(delivery, ct) && !await signal.Wait(Poll, ct))
                foreach (var topic in topics)
                    topic.Dirty = true;
        }
    }

    /// <summary>One look at the topics that have news; answers whether there may be more than it took.</summary>
    private async Task<bool> ReadAndApply(Delivery delivery, CancellationToken ct)
    {
        Topic[] dirty = [.. topics.Where(topic => topic.Dirty)];
        if (dirty.Length == 0)
            return false;
        foreach (var topic in dirty)
            topic.Dirty = false;

        var batch = await Read(dirty, ct);
        var moves = dirty
            .Where(topic => topic.Read > topic.Committed && (topic.Count > 0 || topic.Read - topic.Committed >= IdleMoveMin))
            .Select(topic => new Move(topic.Name, topic.Committed, topic.Read))
            .ToList();
        if (moves.Count > 0)
        {
            Volatile.Write(ref appliedAt, Stopwatch.GetTimestamp());
            await delivery.Apply(batch, moves, ct);
            foreach (var move in moves)
                topics.Single(topic => topic.Name == move.Topic).Committed = move.To;
        }

        var more = false;
        foreach (var topic in dirty)
        {
            if (!topic.More)
                continue;
            topic.Dirty = true;
            more = true;
        }
        return more;
    }

    private async Task<List<Delivered>> Read(Topic[] dirty, CancellationToken ct)
    {
        var read = new List<Delivered>();
        Topic[] unknown = [.. dirty.Where(topic => !topic.TakeNear(read))];
        if (unknown.Length > 0)
            await InTime.Finish(own => ReadLogs(unknown, read, own), ct);
        return read;
    }

    private async Task ReadLogs(Topic[] unknown, List<Delivered> read, CancellationToken ct)
    {
        await using var connection = await service.DataSource.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var topic in unknown)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(topic.Sql)
            {
                Parameters = { new() { Value = topic.Read }, new() { Value = topic.Types }, new() { Value = (long)LimitMax } },
            });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        foreach (var topic in unknown)
        {
            var (end, count) = (topic.Read, 0);
            while (await reader.ReadAsync(ct))
            {
                end = reader.GetInt64(0) - 1;
                if (reader.IsDBNull(1))
                    continue;
                count++;
                topic.Read = reader.GetInt64(1);
                read.Add(new Delivered(
                    topic.ByType[reader.GetString(3)], topic.Read, reader.GetGuid(2), reader.GetGuid(4),
                    reader.GetFieldValue<byte[]>(5), reader.IsDBNull(6) ? null : reader.GetString(6)));
            }
            // Fewer than asked for: what lies up to the end of the topic is of types that nobody here wants.
            if (count < LimitMax)
                topic.Read = end;
            topic.Count += count;
            topic.More = count == LimitMax;
            await reader.NextResultAsync(ct);
        }
    }

    private async Task LoadCursors(CancellationToken ct)
    {
        string[] names = [.. topics.Select(topic => topic.Name)];
        await using var insert = service.DataSource.CreateCommand(service.Sql.CursorsInsert);
        insert.Parameters.Add(new() { Value = names });
        await insert.ExecuteNonQueryAsync(ct);
        await using var read = service.DataSource.CreateCommand(service.Sql.CursorsRead);
        read.Parameters.Add(new() { Value = names });
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var topic = topics.Single(t => t.Name == reader.GetString(0));
            topic.Committed = topic.Read = reader.GetInt64(1);
            topic.Dirty = true;
        }
    }

    /// <summary>One topic the service reads: what it wants of it and how far it is.</summary>
    internal sealed class Topic(string name, Subscription[] subscriptions)
    {
        private readonly NearEnd near = new(LimitMax);
        private volatile bool dirty = true;

        public string Name => name;

        public string[] Types { get; } = [.. subscriptions.Select(s => s.Type)];

        public Dictionary<string, Subscription> ByType { get; } = subscriptions.ToDictionary(s => s.Type);

        public string Sql { get; } = ServiceSql.Read(name);

        /// <summary>Whether there may be news since the last look.</summary>
        public bool Dirty { get => dirty; set => dirty = value; }

        /// <summary>The position in the database.</summary>
        public long Committed { get; set; }

        /// <summary>How far the loop has looked; beyond the committed one when what it saw was of no concern.</summary>
        public long Read { get; set; }

        /// <summary>Events of the last look.</summary>
        public int Count { get; set; }

        /// <summary>Whether the last look left some behind.</summary>
        public bool More { get; set; }

        /// <summary>Keeps what the process appended, to be taken by the next look.</summary>
        public void Hear(Appended appended) =>
            near.Add(appended with { Events = [.. appended.Events.Where(e => ByType.ContainsKey(e.Type))] });

        /// <summary>Takes what the process appended itself; false when the log has to be asked.</summary>
        public bool TakeNear(List<Delivered> into)
        {
            (Count, More) = (0, false);
            var position = Read;
            var all = near.Take(ref position, e =>
            {
                into.Add(new Delivered(ByType[e.Type], e.Pos, e.Id, e.Key, e.Payload, e.Trace, e.Event));
                Count++;
            });
            Read = position;
            return all;
        }
    }
}
