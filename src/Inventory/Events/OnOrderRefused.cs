using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>The order never came about. One that was refused for lack of stock holds nothing; one whose payment was declined does.</summary>
internal sealed class OnOrderRefused(InventoryDb db) : IHandleBatch<OrderRefused>
{
    /// <summary>The code of an order that never held anything.</summary>
    public const string OutOfStock = "out_of_stock";

    public Task Handle(IReadOnlyList<OrderRefused> events, CancellationToken ct)
    {
        // In a rush most refusals are for stock: they must not lock the very rows that everybody wants.
        Guid[] held = [.. events.Where(order => order.Code != OutOfStock).Select(order => order.OrderId)];
        return held.Length == 0 ? Task.CompletedTask : db.ReleaseOrders(held, "order refused", ct);
    }
}
