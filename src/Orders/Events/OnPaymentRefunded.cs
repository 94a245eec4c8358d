using Souk.Contracts.Payments;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>Money went back to the buyer: the order shows how much, and the return for which it did has ended.</summary>
internal sealed class OnPaymentRefunded(OrdersDb db) : IHandleBatch<PaymentRefunded>
{
    private const string Refund = """
        with refunded as (
            update orders o set refunded_minor = greatest(o.refunded_minor, e.amount), version = version + 1, updated_at = now()
              from unnest($1::uuid[], $2::bigint[]) as e(id, amount) where o.id = e.id returning o.id, o.status)
        insert into timeline (order_id, actor, from_status, to_status, reason)
        select id, 'system', status, status, 'payment_refunded' from refunded
        """;

    public Task Handle(IReadOnlyList<PaymentRefunded> events, CancellationToken ct)
    {
        // Each says the sum of all so far: of several the largest counts.
        var refunds = events.GroupBy(e => e.OrderId).ToArray();
        db.Run(Refund, refunds.Select(e => e.Key).ToArray(), refunds.Select(e => e.Max(r => r.RefundedMinor)).ToArray());
        // Those that a return asked for end it. What was refunded before is not refunded again: it may be less than granted.
        db.Run("""
            update returns r
               set status = 'refunded', refunded_minor = e.amount, refunded_at = now(), version = version + 1
              from unnest($1::uuid[], $2::bigint[]) as e(id, amount)
             where r.refund_id = e.id and r.status = 'received'
            """,
            events.Select(e => e.RefundId).ToArray(), events.Select(e => e.AmountMinor).ToArray());
        return Task.CompletedTask;
    }
}
