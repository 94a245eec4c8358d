using Souk.Contracts.Payments;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>What had been authorised was let go: the timeline says so.</summary>
internal sealed class OnPaymentsVoided(OrdersDb db) : IHandleBatch<PaymentsVoided>
{
    public Task Handle(IReadOnlyList<PaymentsVoided> events, CancellationToken ct)
    {
        db.Run("""
            insert into timeline (order_id, actor, from_status, to_status, reason)
            select id, 'system', status, status, 'payments_voided' from orders where id = any($1)
            """, events.Select(e => e.OrderId).Distinct().ToArray());
        return Task.CompletedTask;
    }
}
