using Souk.Contracts.Payments;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// The money was taken: the order may be shipped. Of a cancelled order it is noted only; Payments gives it back.
/// </summary>
internal sealed class OnPaymentCaptured(OrdersDb db) : IHandleBatch<PaymentCaptured>
{
    private const string Capture = """
        with old as (
            select o.id, o.status, e.amount from orders o join unnest($1::uuid[], $2::bigint[]) as e(id, amount) on o.id = e.id
             order by o.id for update of o),
        captured as (
            update orders o set captured_at = coalesce(o.captured_at, now()), captured_minor = greatest(o.captured_minor, old.amount),
                                status = case when o.status = 'capture_failed' then 'confirmed' else o.status end,
                                deadline = case when o.status in ('confirmed', 'capture_failed') then null else o.deadline end,
                                version = version + 1, updated_at = now()
              from old where o.id = old.id returning o.id, old.status as before, o.status)
        insert into timeline (order_id, actor, from_status, to_status, reason)
        select id, 'system', before, status, 'payment_captured' from captured
        """;

    public Task Handle(IReadOnlyList<PaymentCaptured> events, CancellationToken ct)
    {
        var captured = events.GroupBy(e => e.OrderId).ToArray();
        db.Run(Capture, captured.Select(e => e.Key).ToArray(), captured.Select(e => e.Max(c => c.CapturedMinor)).ToArray());
        return Task.CompletedTask;
    }
}
