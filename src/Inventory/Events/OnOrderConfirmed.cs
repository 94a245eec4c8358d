using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Inventory.Domain;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>
/// The sale is made: its reservation ends by shipping or cancelling only, no longer by time. When the time was faster
/// than the confirmation the pieces are taken again; if others have them by now, <see cref="StockRefused" /> tells Orders
/// to undo the sale.
/// </summary>
internal sealed class OnOrderConfirmed(InventoryDb db) : IHandleBatch<OrderConfirmed>
{
    public async Task Handle(IReadOnlyList<OrderConfirmed> events, CancellationToken ct)
    {
        var kept = await db.Query(
            "delete from holds where order_id = any($1) returning order_id", reader => reader.GetGuid(0), ct,
            events.Select(order => order.OrderId).ToArray());
        if (kept.Count == events.Count)
            return;

        var held = kept.ToHashSet();
        var lapsed = events.Where(order => !held.Contains(order.OrderId)).ToList();
        var stock = await LockedStock.Of(db, lapsed.SelectMany(order => order.Lines).Select(line => line.OfferId), ct);
        var rules = await db.Routing.Of(db, lapsed.SelectMany(order => order.Lines).Select(line => line.OfferId), ct);
        foreach (var order in lapsed)
        {
            var lines = order.Lines.Select(line => (line.LineId, line.OfferId, line.Quantity));
            if (Allocation.TryTake(lines, new(order.Country ?? "", order.Postcode), stock.Offer, rules, out var takes, out var lacks))
                stock.Reserved(order.OrderId, takes);
            else
                db.Publish(new StockRefused(
                    order.OrderId, [.. lacks.Select(lack => new MissingStock(lack.LineId, lack.OfferId, lack.Wanted, lack.Available))]));
        }
        stock.Write();
    }
}
