using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Souk.Platform.Db;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Events;

/// <summary>
/// Applies what a consumer read, wherever from. A batch that fails is bisected until the event that fails alone is found;
/// that one is parked, and later ones of its key behind it, while the others go on. A failure of the database is no failure
/// of an event: it is thrown, and the consumer reads the batch again.
/// </summary>
internal sealed class Delivery(Service service, BatchOfEvents batches, ParkedEvents parked, ILogger logger)
{
    private static readonly TimeSpan BatchMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SliceMax = TimeSpan.FromSeconds(1.5);
    private static readonly Counter<long> Applied = Meters.Events.CreateCounter<long>(
        "souk_events_applied", description: "Events applied by consumers.");
    private static readonly Counter<long> Batches = Meters.Events.CreateCounter<long>(
        "souk_event_batches", description: "Transactions of consumers.");

    /// <param name="batch">In the order of their topics.</param>
    /// <param name="moves">How far the cursors go with it; none where the positions are kept elsewhere.</param>
    /// <param name="ct">Ends it when the process stops.</param>
    public Task Apply(List<Delivered> batch, IReadOnlyList<Move> moves, CancellationToken ct) =>
        Apply(batch, moves, BatchMax, ct);

    private async Task Apply(List<Delivered> slice, IReadOnlyList<Move> moves, TimeSpan limit, CancellationToken ct)
    {
        using var order = await parked.Order(slice, ct);
        var (free, park) = parked.Split(slice);
        try
        {
            await batches.Apply(free, park, moves, unparked: null, limit, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && !Consumer.IsTransient(e))
        {
            order.Dispose();
            await Divide(slice, free, moves, e, ct);
            return;
        }
        parked.Add(park);
        Applied.Add(free.Count, new KeyValuePair<string, object?>("service", service.Name));
        Batches.Add(1, new KeyValuePair<string, object?>("service", service.Name));
    }

    private async Task Divide(
        List<Delivered> slice, List<Delivered> free, IReadOnlyList<Move> moves, Exception e, CancellationToken ct)
    {
        if (free.Count <= 1)
        {
            // It fails alone. Park it in the very place it stood in, so that its key keeps its order.
            var failed = free.Count == 0 ? throw e : free[0];
            logger.LogWarning(e, "{Service} parks {Type} {Id}", service.Name, failed.Subscription.Type, failed.Id);
            parked.Poison(failed, Consumer.Reason(e));
            await Apply(slice, moves, BatchMax, ct);
            return;
        }

        var half = slice.Count / 2;
        var (first, second) = (slice[..half], slice[half..]);
        List<Move> part = [.. Part(first, second, moves)];
        await Apply(first, part, SliceMax, ct);
        await Apply(second, [.. Rest(part, moves)], SliceMax, ct);
    }

    // The first half moves a topic to its last event in it; the rest of the way belongs to the second, if that has any.
    private static IEnumerable<Move> Part(List<Delivered> first, List<Delivered> second, IReadOnlyList<Move> moves)
    {
        foreach (var move in moves)
        {
            var last = first.FindLast(e => e.Topic == move.Topic);
            if (last is null)
                continue;
            yield return second.Exists(e => e.Topic == move.Topic) ? move with { To = last.Pos } : move;
        }
    }

    private static IEnumerable<Move> Rest(List<Move> part, IReadOnlyList<Move> moves) => moves
        .Select(move => move with { From = part.Find(done => done.Topic == move.Topic)?.To ?? move.From })
        .Where(move => move.To > move.From);
}
