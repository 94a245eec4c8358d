using Souk.Contracts.Payments;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>Nothing was left to refund for goods that came back: the return has ended all the same.</summary>
internal sealed class OnRefundSkipped(OrdersDb db) : IHandleBatch<RefundSkipped>
{
    public Task Handle(IReadOnlyList<RefundSkipped> events, CancellationToken ct)
    {
        db.Run("""
            update returns set status = 'refunded', refunded_minor = 0, refunded_at = now(), version = version + 1
             where refund_id = any($1) and status = 'received'
            """, events.Select(e => e.RefundId).ToArray());
        return Task.CompletedTask;
    }
}
