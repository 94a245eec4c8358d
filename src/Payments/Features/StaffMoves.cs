using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Souk.Payments.Domain;
using Souk.Payments.Jobs;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>What staff does to one payment: the order is locked, moved, and the audit trail says so.</summary>
internal static class StaffMoves
{
    public static async Task<Accepted<PaymentResponse>> Move(
        Guid id, string action, Action<OrderMoney, Payment> move, Caller caller, PaymentsDb db, Wakes<CallGateways> wakes, TimeProvider clock,
        CancellationToken ct)
    {
        // Permissions of a company end at its own things; a payment is the marketplace's.
        if (!caller.Can(Permissions.PaymentsManage))
            throw RuleException.NotFound();
        var found = await db.Query("select order_id from payments where id = $1", row => row.GetGuid(0), ct, id);
        if (found is not [var orderId])
            throw RuleException.NotFound();
        var order = (await db.Open([orderId], [orderId], ct))[orderId];
        var payment = order.Payments.Single(p => p.Id == id);
        var before = Words.Of(payment.Status);
        move(order, payment);
        db.Close([order]);
        db.Audit(caller, action, "payment", id, before: new { status = before }, after: new { status = Words.Of(payment.Status) });
        db.AfterCommit(wakes.Now);
        return TypedResults.Accepted($"/payments/{id}", PaymentResponse.Of(payment, clock.GetUtcNow()));
    }
}
