using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Souk.Platform.Db;

namespace Souk.Platform.Events;

/// <summary>
/// The events of a consumer that failed alone, and later ones of their keys behind them. They are tried again beside the main
/// loop, so that a handler that hangs keeps nobody else waiting.
/// </summary>
internal sealed class ParkedEvents(Service service, BatchOfEvents batches, ILogger logger)
{
    private static readonly TimeSpan TryMax = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<(string Topic, Guid Key), bool> keys = new();
    private readonly ConcurrentDictionary<Guid, string> poison = new();

    // Held while events of a parked key are put behind it, and while the keys are compared with the database: nothing must
    // slip between.
    private readonly SemaphoreSlim gate = new(1, 1);

    /// <summary>Learns which keys are parked.</summary>
    public async Task Load(CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            foreach (var key in await Keys(ct))
                keys[key] = true;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Marks an event that failed alone: the next split parks it.</summary>
    public void Poison(Delivered e, string reason) => poison[e.Id] = reason;

    /// <summary>Keeps keys from being set free while events of theirs are on the way behind them.</summary>
    public async Task<IDisposable> Order(List<Delivered> slice, CancellationToken ct)
    {
        if ((keys.IsEmpty && poison.IsEmpty) || !slice.Exists(e => keys.ContainsKey(e.TopicKey) || poison.ContainsKey(e.Id)))
            return new Held(null);
        await gate.WaitAsync(ct);
        return new Held(gate);
    }

    /// <summary>What can be handled, and what must be parked: it cannot be read, failed alone, or stands behind one that is parked.</summary>
    public (List<Delivered> Free, List<(Delivered Event, string Reason)> Park) Split(List<Delivered> slice)
    {
        List<Delivered> free = [];
        List<(Delivered Event, string Reason)> park = [];
        HashSet<(string, Guid)>? behind = null;
        foreach (var e in slice)
        {
            var reason = keys.ContainsKey(e.TopicKey) || behind?.Contains(e.TopicKey) == true ? "behind an earlier event of its key"
                : poison.TryGetValue(e.Id, out var known) ? known
                : e.Read(out var unreadable) is null ? unreadable : null;
            if (reason is null)
            {
                free.Add(e);
                continue;
            }
            park.Add((e, reason));
            (behind ??= []).Add(e.TopicKey);
        }
        return (free, park);
    }

    /// <summary>Parked rows were committed.</summary>
    public void Add(List<(Delivered Event, string Reason)> park)
    {
        foreach (var (e, _) in park)
        {
            keys[e.TopicKey] = true;
            poison.TryRemove(e.Id, out _);
        }
    }

    /// <summary>Tries again what is due, until it is cancelled.</summary>
    /// <param name="hasTurn">
    /// Where several replicas consume: whether this one tries again what any of them parked. The others only look which keys
    /// are free again. Null where one process consumes: what it does not know of is not parked.
    /// </param>
    /// <param name="ct">Ends it.</param>
    public async Task RetryLoop(Func<bool>? hasTurn, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Poll);
        while (await timer.WaitForNextTickAsync(ct))
        {
            try
            {
                // A dead letter may be replayed or discarded by a command of another process: its key shows up as due, or is gone.
                while ((hasTurn is null ? !keys.IsEmpty : hasTurn()) && await RetryDue(ct))
                {
                }
                if (hasTurn?.Invoke() == false && !keys.IsEmpty)
                    await SetFree(ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                logger.LogWarning(e, "{Service} could not look after its parked events", service.Name);
            }
        }
    }

    private async Task<bool> RetryDue(CancellationToken ct)
    {
        var due = await service.Query(
            service.Sql.ParkedDue,
            row => service.Subscription(row.GetString(1), row.GetString(3)) is { } subscription
                ? new Delivered(
                    subscription, row.GetInt64(2), row.GetGuid(0), row.GetGuid(4),
                    row.GetFieldValue<byte[]>(5), row.IsDBNull(6) ? null : row.GetString(6))
                : null,
            ct);
        var progress = false;
        foreach (var e in due.OfType<Delivered>())
            progress |= await Retry(e, ct);
        if (!keys.IsEmpty)
            await SetFree(ct);
        return progress;
    }

    private async Task<bool> Retry(Delivered e, CancellationToken ct)
    {
        try
        {
            if (e.Read(out var unreadable) is null)
                throw new InvalidOperationException(unreadable);
            await batches.Apply([e], [], [], unparked: e.Id, TryMax, ct);
            return true;
        }
        catch (Exception failure) when (!ct.IsCancellationRequested && !Consumer.IsTransient(failure))
        {
            var dead = await service.Query(
                service.Sql.ParkedFailed, row => row.GetFieldValue<bool?>(0), ct, e.Id, Consumer.Reason(failure));
            if (dead is [true])
                logger.LogError(failure, "{Type} {Id} is dead in {Service}; its key waits for souk dead-letters", e.Subscription.Type, e.Id, service.Name);
            return false;
        }
    }

    private async Task SetFree(CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            var still = await Keys(ct);
            foreach (var key in keys.Keys)
                if (!still.Contains(key))
                    keys.TryRemove(key, out _);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<HashSet<(string, Guid)>> Keys(CancellationToken ct) =>
        [.. await service.Query(service.Sql.ParkedKeys, row => (row.GetString(0), row.GetGuid(1)), ct)];

    private sealed class Held(SemaphoreSlim? held) : IDisposable
    {
        private SemaphoreSlim? gate = held;

        public void Dispose() => Interlocked.Exchange(ref gate, null)?.Release();
    }
}
