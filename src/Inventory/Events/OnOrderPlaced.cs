using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Inventory.Domain;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>
/// Reserves every line of an order or none, and says which. All orders of the batch are served in the order they were
/// placed, with one lock and one write: a hundred buyers of one offer cost one update of its row.
/// </summary>
internal sealed class OnOrderPlaced(InventoryDb db) : IHandleBatch<OrderPlaced>
{
    public async Task Handle(IReadOnlyList<OrderPlaced> events, CancellationToken ct)
    {
        var stock = await LockedStock.Of(db, events.SelectMany(order => order.Lines).Select(line => line.OfferId), ct);
        var rules = await db.Routing.Of(db, events.SelectMany(order => order.Lines).Select(line => line.OfferId), ct);
        var (orderIds, limits) = (new List<Guid>(), new List<DateTimeOffset>());
        foreach (var order in events)
        {
            var lines = order.Lines.Select(line => (line.LineId, line.OfferId, line.Quantity));
            if (!Allocation.TryTake(lines, new(order.Country, order.Postcode), stock.Offer, rules, out var takes, out var lacks))
            {
                db.Publish(new StockRefused(
                    order.OrderId, [.. lacks.Select(lack => new MissingStock(lack.LineId, lack.OfferId, lack.Wanted, lack.Available))]));
                continue;
            }
            var until = stock.Now + order.ReserveFor;
            stock.Reserved(order.OrderId, takes);
            orderIds.Add(order.OrderId);
            limits.Add(until);
            db.Publish(new StockReserved(order.OrderId, until));
        }
        stock.Write();
        if (orderIds.Count > 0)
            db.Run("insert into holds (order_id, expires_at) select * from unnest($1::uuid[], $2::timestamptz[])",
                orderIds.ToArray(), limits.Select(limit => limit.UtcDateTime).ToArray());
    }
}
