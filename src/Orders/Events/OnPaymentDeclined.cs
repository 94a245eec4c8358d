using Souk.Contracts.Payments;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// A payment was declined: an order that was being checked out is refused. One that had told its buyer to act goes on
/// waiting until its deadline, for another payment.
/// </summary>
internal sealed class OnPaymentDeclined(OrdersDb db) : IHandleBatch<PaymentDeclined>
{
    private const string GoOnWaiting = """
        with waiting as (
            update orders set action_kind = 'pay', action_url = null, action_expires_at = null, version = version + 1, updated_at = now()
             where id = any($1) and status = 'awaiting_payment' returning id, status)
        insert into timeline (order_id, actor, from_status, to_status, reason)
        select id, 'system', status, status, 'payment_declined' from waiting
        """;

    public async Task Handle(IReadOnlyList<PaymentDeclined> events, CancellationToken ct)
    {
        var declined = events.DistinctBy(e => e.OrderId).ToDictionary(e => e.OrderId);
        Guid[] ids = [.. declined.Keys];
        foreach (var order in await db.Take(Moves.Cancel, ids, ct, Moves.FromPending, "payment_declined"))
            db.Publish(Steps.Refused(order, "payment_declined", Answers.Declined(declined[order.Id])));
        db.Run(GoOnWaiting, ids);
    }
}
