using Souk.Contracts.Payments;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// Money was taken: when it is all of it, the order may be shipped. A part of it, and what is taken of a cancelled order,
/// is noted only; the latter Payments gives back.
/// </summary>
internal sealed class OnPaymentCaptured(OrdersDb db) : IHandleBatch<PaymentCaptured>
{
    private const string Capture = """
        with old as (
            select o.id, o.status, e.amount, e.amount >= o.total_minor as whole
              from orders o join unnest($1::uuid[], $2::bigint[]) as e(id, amount) on o.id = e.id
             order by o.id for update of o),
        captured as (
            update orders o
               set captured_at = case when old.whole then coalesce(o.captured_at, now()) else o.captured_at end,
                   captured_minor = greatest(o.captured_minor, old.amount),
                   status = case when old.whole and o.status = 'capture_failed' then 'confirmed' else o.status end,
                   deadline = case when old.whole and o.status in ('confirmed', 'capture_failed') then null
                                   else o.deadline end,
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
