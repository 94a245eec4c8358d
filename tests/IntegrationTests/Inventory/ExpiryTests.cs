using Souk.Inventory.Events;

namespace Souk.IntegrationTests.Inventory;

/// <summary>P2 with the job as it runs: by the clock of the database, some seconds late at most, never a confirmed order.</summary>
public class ExpiryTests(InventoryAlone souk, ITestOutputHelper output)
{
    [Fact]
    public async Task Reservations_end_within_seconds_of_their_time_by_themselves()
    {
        var company = await souk.Company();
        var offer = await souk.Offer(company);
        await InventoryAlone.Put(souk.Seller(company), $"/stock-levels/{offer.OfferId}", new { quantity = 100 });
        var orders = Enumerable.Range(0, 40).Select(i => InventoryBed.Order((offer.OfferId, 1)) with { ReserveFor = TimeSpan.FromMilliseconds(500 + i * 50) }).ToArray();
        await souk.Run(db => new OnOrderPlaced(db).Handle(orders, Ct));
        var (kept, confirmedLater) = (orders[0], orders[1]);
        await souk.Run(db => new OnOrderConfirmed(db).Handle([InventoryBed.Confirmed(kept)], Ct));
        // Its confirmation failed to be applied and waits to be tried again: the order is confirmed all the same.
        await souk.Query("""
            insert into inventory.parked (id, topic, pos, type, key, payload, reason, next_try_at)
            values ($1, 'orders', -1, 'OrderConfirmed', $2, '{}', 'test', now() + interval '1 hour')
            """, _ => 0, Guid.CreateVersion7(), confirmedLater.OrderId);

        await Eventually(async () => Assert.Equal(orders.Length - 2, (await Ended()).Count));
        await Task.Delay(1500, Ct);

        var ended = await Ended();
        await souk.Query("delete from inventory.parked where key = $1", _ => 0, confirmedLater.OrderId);
        output.WriteLine($"P2: {ended.Count} of {orders.Length} reservations ended by themselves, early {ended.Count(e => e.Late < 0)}, "
            + $"latest {ended.Max(e => e.Late):f2} s after the limit; confirmed ones ended: 0");
        Assert.Equal(orders.Length - 2, ended.Count);
        Assert.DoesNotContain(ended, e => e.Order == kept.OrderId || e.Order == confirmedLater.OrderId);
        Assert.All(ended, e => Assert.InRange(e.Late, 0, 5));

        Task<List<(Guid Order, double Late)>> Ended() => souk.Query("""
            select e.key, extract(epoch from e.at - (r.payload->>'until')::timestamptz)::float8
              from inventory.log e join inventory.log r on r.key = e.key and r.type = 'StockReserved'
             where e.type = 'ReservationExpired' and e.key = any($1)
            """, row => (row.GetGuid(0), row.GetDouble(1)), orders.Select(order => order.OrderId).ToArray());
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}
