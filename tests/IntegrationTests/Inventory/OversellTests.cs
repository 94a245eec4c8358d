using System.Collections.Concurrent;
using System.Diagnostics;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Inventory;
using Souk.Inventory.Domain;

namespace Souk.IntegrationTests.Inventory;

/// <summary>
/// P1 and P2 at the level of the handlers: many writers at once, whatever they do, never sell a piece twice and never lose
/// one. The seed is printed; the same seed draws the same orders.
/// </summary>
[Collection(nameof(InventoryBed))]
public class OversellTests(InventoryBed bed, ITestOutputHelper output)
{
    private const int AttemptsMin = 2000;

    [Fact]
    public async Task Fifty_pieces_are_sold_fifty_times_however_many_try()
    {
        const int pieces = 50, writers = 6;
        var seed = Seed();
        var (offer, _) = await bed.Stocked(20, 20, 10);
        var (attempts, cancelled, shipped, expired) = (0, 0, 0, 0);
        var slowest = new ConcurrentBag<double>();
        var oversold = new ConcurrentBag<long>();
        var live = new ConcurrentBag<OrderPlaced>();

        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var random = new Random(seed + writer);
            while (Volatile.Read(ref attempts) < AttemptsMin)
            {
                var orders = Enumerable.Range(0, random.Next(1, 25)).Select(_ => Draw(random, offer)).ToArray();
                Interlocked.Add(ref attempts, orders.Length);
                var started = Stopwatch.GetTimestamp();
                await bed.Place(orders);
                slowest.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                // Not only at the end: what was promised twice may be given up again before.
                oversold.Add(await bed.Oversold(offer));
                var reserved = await bed.ReservedOf([.. orders.Select(order => order.OrderId)]);
                foreach (var order in orders.Where(order => reserved.Contains(order.OrderId)))
                {
                    // Half of those that were lucky give up again, so that the fight goes on to the end.
                    switch (order.ReserveFor < TimeSpan.Zero ? -1 : random.Next(5))
                    {
                        case -1:
                            Interlocked.Increment(ref expired);
                            break;
                        case 0 or 1 or 2:
                            await bed.Cancel(order);
                            Interlocked.Increment(ref cancelled);
                            break;
                        case 3:
                            await bed.Confirm(order);
                            live.Add(order);
                            break;
                        default:
                            await bed.Confirm(order);
                            await bed.Ship(order);
                            Interlocked.Increment(ref shipped);
                            live.Add(order);
                            break;
                    }
                }
                if (random.Next(4) == 0)
                    await bed.Expire();
            }
        })));
        await bed.Expire();

        // Nothing is left unsold once demand is there: single pieces, until one is refused.
        for (var i = 0; i <= pieces; i++)
        {
            var one = InventoryBed.Order((offer, 1));
            await bed.Place(one);
            attempts++;
            if ((await bed.ReservedOf([one.OrderId])).Count == 0)
                break;
            await bed.Confirm(one);
            live.Add(one);
        }

        var sold = live.Sum(order => order.Lines.Sum(line => line.Quantity));
        var (onHand, reservedNow) = await bed.Counters(offer);
        output.WriteLine($"P1 seed {seed}: {attempts} attempts on {pieces} pieces by {writers} writers, {cancelled} cancelled, {expired} expired, "
            + $"{shipped} shipped; sold {sold}, oversold {Math.Max(0, sold - pieces)}, unsold {pieces - sold}; "
            + $"p99 of a batch {slowest.Order().ElementAt((int)(slowest.Count * 0.99)):f0} ms");
        Assert.Equal(pieces, sold);
        Assert.All(oversold, tooMany => Assert.Equal(0, tooMany));
        Assert.Equal(onHand, reservedNow);
        await bed.Balanced(offer);
    }

    [Fact]
    public async Task Writers_that_want_the_same_rows_in_any_order_do_not_deadlock()
    {
        const int writers = 8, offerCount = 12;
        var seed = Seed();
        var offers = new Guid[offerCount];
        for (var i = 0; i < offerCount; i++)
            (offers[i], _) = await bed.Stocked(100_000, 100_000);
        var (orders, counts, sweeps) = (0, 0, 0);
        var end = Stopwatch.GetTimestamp() + 4 * Stopwatch.Frequency;
        // Until enough has raced, however slow the machine is.
        bool IsOver() => Stopwatch.GetTimestamp() >= end && Volatile.Read(ref orders) > 50;

        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var random = new Random(seed + writer);
            while (!IsOver())
            {
                var mine = offers.OrderBy(_ => random.Next()).Take(6).ToArray();
                if (writer == 0)
                {
                    await bed.Batch(async db =>
                    {
                        var stock = await LockedStock.Of(db, mine, TestContext.Current.CancellationToken);
                        foreach (var offer in mine)
                            stock.Move(stock.Offer(offer)!.Shelves[0], 1, new MovementNote(MovementKind.Adjust));
                        stock.Write();
                    });
                    Interlocked.Increment(ref counts);
                }
                else if (writer == 1)
                {
                    await bed.Sweep();
                    Interlocked.Increment(ref sweeps);
                }
                else
                {
                    var order = InventoryBed.Order([.. mine.Select(offer => (offer, random.Next(1, 4)))]);
                    await bed.Place(order);
                    await bed.Cancel(order);
                    Interlocked.Increment(ref orders);
                }
            }
        })));

        output.WriteLine($"seed {seed}: {orders} orders placed and cancelled, {counts} counts, {sweeps} sweeps of {writers} writers in 4 s, 0 deadlocks");
        Assert.All(await Task.WhenAll(offers.Select(bed.Counters)), counters => Assert.Equal(0, counters.Reserved));
        await bed.Balanced(offers);
        foreach (var offer in offers)
        {
            var said = await bed.Published<AvailabilityChanged>(offer);
            Assert.Equal(said.Select(e => e.Version), Enumerable.Range(1, said.Count).Select(n => (long)n));
        }
        await bed.Sweep();
        foreach (var offer in offers)
            Assert.Equal((await bed.Counters(offer)).OnHand, (await bed.Published<AvailabilityChanged>(offer))[^1].Available);
    }

    [Fact]
    public async Task A_reservation_ends_after_its_time_and_never_before()
    {
        var seed = Seed();
        var random = new Random(seed);
        var (offer, _) = await bed.Stocked(10_000);
        var orders = Enumerable.Range(0, 300).Select(_ => InventoryBed.Order((offer, random.Next(1, 4))) with
        {
            ReserveFor = TimeSpan.FromMilliseconds(random.Next(200, 3000)),
        }).ToArray();
        foreach (var batch in orders.Chunk(25))
            await bed.Place(batch);
        var until = new Dictionary<Guid, DateTimeOffset>();
        foreach (var order in orders)
            until[order.OrderId] = (await bed.Published<StockReserved>(order.OrderId)).Single().Until;
        var confirmed = orders.Where(_ => random.Next(3) == 0).ToArray();
        // Some confirmations come too late; those orders end up reserved again.
        await bed.Confirm(confirmed);

        for (var run = 0; run < 40; run++)
        {
            await bed.Expire();
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        var ended = await bed.Query(
            "select key, at from inventory.log where type = 'ReservationExpired' and key = any($1)",
            row => (Order: row.GetGuid(0), At: row.GetFieldValue<DateTimeOffset>(1)), orders.Select(order => order.OrderId).ToArray());
        var late = ended.Select(e => e.At - until[e.Order]).ToList();
        var confirmedIds = confirmed.Select(order => order.OrderId).ToHashSet();
        var lost = ended.Where(e => confirmedIds.Contains(e.Order)).Select(e => e.Order).ToHashSet();
        output.WriteLine($"P2 seed {seed}: {orders.Length} reservations, {confirmed.Length} confirmed ({lost.Count} of them after the limit), {ended.Count} expired; "
            + $"early {late.Count(l => l < TimeSpan.Zero)}, latest {late.Max().TotalMilliseconds:f0} ms after the limit, leaked {orders.Length - confirmed.Length - ended.Count(e => !confirmedIds.Contains(e.Order))}");
        Assert.DoesNotContain(late, l => l < TimeSpan.Zero);
        Assert.True(late.Max() < TimeSpan.FromSeconds(5));
        Assert.Equal(orders.Length - confirmed.Length, ended.Count(e => !confirmedIds.Contains(e.Order)));
        Assert.Equal(confirmed.Sum(order => order.Lines[0].Quantity), (await bed.Counters(offer)).Reserved);
        await bed.Balanced(offer);
    }

    private static OrderPlaced Draw(Random random, Guid offer)
    {
        var order = random.Next(4) == 0
            ? InventoryBed.Order((offer, random.Next(1, 3)), (offer, random.Next(1, 3)))
            : InventoryBed.Order((offer, random.Next(1, 4)));
        return random.Next(6) == 0 ? order with { ReserveFor = TimeSpan.FromMilliseconds(-1) } : order;
    }

    private static int Seed() =>
        int.TryParse(Environment.GetEnvironmentVariable("SOUK_TEST_SEED"), out var seed) ? seed : Random.Shared.Next(1_000_000);
}
