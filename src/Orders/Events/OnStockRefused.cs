using Souk.Contracts.Inventory;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// There is not enough stock: the order is refused and its buyer told which lines lack it. An order that was confirmed
/// meanwhile, on a reservation that had run out, is cancelled, and its money goes back.
/// </summary>
internal sealed class OnStockRefused(OrdersDb db) : IHandleBatch<StockRefused>
{
    public async Task Handle(IReadOnlyList<StockRefused> events, CancellationToken ct)
    {
        var missing = events.DistinctBy(e => e.OrderId).ToDictionary(e => e.OrderId, e => e.Missing);
        Guid[] ids = [.. missing.Keys];
        var refused = await db.Take(Moves.Cancel, ids, ct, Moves.FromPending, "out_of_stock");
        foreach (var order in refused)
            db.Publish(Steps.Refused(order, "out_of_stock", Answers.OutOfStock(order, missing[order.Id])));
        if (refused.Count == ids.Length)
            return;
        foreach (var order in await db.Take(Moves.Cancel, ids, ct, Moves.FromToCancel(), "out_of_stock"))
            db.Publish(Steps.Cancelled(order));
    }
}
