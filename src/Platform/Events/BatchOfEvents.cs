using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Souk.Contracts;
using Souk.Platform.Db;

namespace Souk.Platform.Events;

/// <summary>
/// Applies events in one transaction: the fence, the inbox, the handlers' effects, what they publish and what is parked are
/// committed together or not at all.
/// </summary>
internal sealed class BatchOfEvents(Service service, IServiceScopeFactory scopes)
{
    private static readonly ActivitySource Source = new("Souk.Events");

    /// <param name="free">To be handled, in their order.</param>
    /// <param name="park">To be set aside, with the reason.</param>
    /// <param name="moves">How far the cursors go.</param>
    /// <param name="unparked">An event whose parked row is done when this succeeds.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="ct">Ends it when the process stops.</param>
    public async Task Apply(
        List<Delivered> free, List<(Delivered Event, string Reason)> park, IReadOnlyList<Move> moves, Guid? unparked, TimeSpan limit, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limit);
        try
        {
            await TryApply(free, park, moves, unparked, seenMayBeAmong: false, deadline.Token);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "inbox" })
        {
            // Something did come twice: drop what the inbox knows, then the same again.
            await TryApply(free, park, moves, unparked, seenMayBeAmong: true, deadline.Token);
        }
    }

    private async Task TryApply(
        List<Delivered> free, List<(Delivered Event, string Reason)> park, IReadOnlyList<Move> moves, Guid? unparked, bool seenMayBeAmong, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = (ServiceDb)scope.ServiceProvider.GetRequiredService(service.DbType);
        var work = db.Work;
        work.Start();
        // The fast path assumes that nothing comes twice.
        var seen = seenMayBeAmong ? [] : Ids(free);
        foreach (var move in moves)
        {
            work.Defer(service.Sql.Fence, [move.Topic, move.To, move.From, seen], _ => { }, e =>
                new FencedException("Another process consumes for this service.", e));
            seen = [];
        }
        // Where nothing fences, another replica may have parked an event that one of these has to wait behind.
        if (moves.Count == 0 && unparked is null && free.Count > 0)
            work.Defer(
                service.Sql.NoneParked,
                [Each(free, e => e.Topic), Each(free, e => e.Key), Each(free, e => e.Pos)], _ => { }, e =>
                    new FencedException("Another process parked an earlier event of a key.", e));
        if (seen.Length > 0)
            work.Defer(service.Sql.InboxInsert, [seen]);
        if (park.Count > 0)
            Park(work, park);
        if (unparked is { } id)
            work.Defer(service.Sql.ParkedDelete, [id]);

        var fresh = free;
        if (seenMayBeAmong)
        {
            var news = await work.Query(service.Sql.InboxNew, row => row.GetGuid(0), [Ids(free)], ct);
            var isNew = news.ToHashSet();
            fresh = [.. free.Where(e => isNew.Remove(e.Id))];
        }

        work.Traces = TracesByKey(fresh);
        var waves = Waves(fresh).ToList();
        if (waves.Count > 1 && scope.ServiceProvider.GetKeyedService<IPrepareBatch>(service.Name) is { } prepare)
            prepare.Prepare([.. waves.SelectMany(wave => wave.Events)]);
        foreach (var (subscription, events) in waves)
        {
            using var activity = Start(subscription, fresh);
            await subscription.Handle(scope.ServiceProvider, events, ct);
        }
        await db.CommitBatch(ct);
    }

    /// <summary>
    /// Groups a batch so that a handler gets as many events of its type at once as the order per key allows: an event goes
    /// into the wave of the one before it with the same key when they are of one type, else into a later wave.
    /// </summary>
    internal static IEnumerable<(Subscription Subscription, List<IEvent> Events)> Waves(List<Delivered> batch)
    {
        var last = new Dictionary<(string, Guid), (int Wave, Subscription Subscription)>();
        var waves = new SortedDictionary<int, Dictionary<Subscription, List<IEvent>>>();
        foreach (var delivered in batch)
        {
            var wave = 0;
            if (last.TryGetValue(delivered.TopicKey, out var before))
                wave = before.Subscription == delivered.Subscription ? before.Wave : before.Wave + 1;
            last[delivered.TopicKey] = (wave, delivered.Subscription);

            if (!waves.TryGetValue(wave, out var groups))
                waves.Add(wave, groups = []);
            if (!groups.TryGetValue(delivered.Subscription, out var events))
                groups.Add(delivered.Subscription, events = []);
            events.Add(delivered.Read(out var unreadable) ?? throw new InvalidOperationException(unreadable));
        }
        return waves.Values.SelectMany(groups => groups.Select(group => (group.Key, group.Value)));
    }

    private void Park(Work work, List<(Delivered Event, string Reason)> park) => work.Defer(
        service.Sql.ParkedInsert,
        [
            park.Select(p => p.Event.Id).ToArray(),
            park.Select(p => p.Event.Topic).ToArray(),
            park.Select(p => p.Event.Pos).ToArray(),
            park.Select(p => p.Event.Subscription.Type).ToArray(),
            park.Select(p => p.Event.Key).ToArray(),
            Pg.Json([.. park.Select(p => p.Event.Payload)]),
            Pg.Texts([.. park.Select(p => p.Event.Trace)]),
            park.Select(p => p.Reason).ToArray(),
        ]);

    private static Guid[] Ids(List<Delivered> events) => Each(events, e => e.Id);

    private static T[] Each<T>(List<Delivered> events, Func<Delivered, T> what) => [.. events.Select(what)];

    private static Dictionary<Guid, string>? TracesByKey(List<Delivered> events)
    {
        Dictionary<Guid, string>? traces = null;
        foreach (var e in events)
            if (e.Trace is not null)
                (traces ??= [])[e.Key] = e.Trace;
        return traces;
    }

    // A batch has many causes. The span hangs below the first of its type; each event published carries its own cause's trace.
    private static Activity? Start(Subscription subscription, List<Delivered> batch)
    {
        if (!Source.HasListeners())
            return null;
        var first = batch.Find(e => e.Subscription == subscription)?.Trace;
        return Source.StartActivity($"{subscription.Topic} {subscription.Type}", ActivityKind.Consumer, first);
    }
}
