using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>The order ended: what it still holds is free again. What has shipped is no longer held and stays sold.</summary>
internal sealed class OnOrderCancelled(InventoryDb db) : IHandleBatch<OrderCancelled>
{
    public Task Handle(IReadOnlyList<OrderCancelled> events, CancellationToken ct) =>
        db.ReleaseOrders([.. events.Select(order => order.OrderId)], "order cancelled", ct);
}
