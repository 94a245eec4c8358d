using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>The buyer has longer to pay (a bank slip: days); the reservation waits as long. It is never shortened.</summary>
internal sealed class OnOrderAwaitsPayment(InventoryDb db) : IHandleBatch<OrderAwaitsPayment>
{
    public Task Handle(IReadOnlyList<OrderAwaitsPayment> events, CancellationToken ct)
    {
        // Orders gives up at its deadline and says so. The reservation outlives it a little: it is the net, not the clock.
        db.Run("""
            update holds h set expires_at = greatest(h.expires_at, a.deadline + interval '30 seconds')
              from (select order_id, max(deadline) as deadline from unnest($1::uuid[], $2::timestamptz[]) as a(order_id, deadline) group by 1) as a
             where h.order_id = a.order_id
            """,
            events.Select(order => order.OrderId).ToArray(), events.Select(order => order.Deadline.UtcDateTime).ToArray());
        return Task.CompletedTask;
    }
}
