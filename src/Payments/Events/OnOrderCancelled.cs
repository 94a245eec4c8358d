using Souk.Contracts.Orders;
using Souk.Payments.Jobs;
using Souk.Platform.Events;
using Souk.Platform.Jobs;

namespace Souk.Payments.Events;

/// <summary>The order was cancelled: what is held is let go, what was captured goes back, and what arrives later is undone then.</summary>
internal sealed class OnOrderCancelled(PaymentsDb db, Wakes<CallGateways> wakes) : IHandleBatch<OrderCancelled>
{
    public async Task Handle(IReadOnlyList<OrderCancelled> events, CancellationToken ct)
    {
        Guid[] ids = [.. events.Select(e => e.OrderId)];
        var orders = await db.Open(ids, ids, ct);
        foreach (var e in events)
            orders.GetValueOrDefault(e.OrderId)?.Cancel(e.Reason);
        db.Close(orders.Values);
        db.Durable();
        db.AfterCommit(wakes.Now);
    }
}
