using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Payments.Jobs;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Ends a payment that is not captured: what is held is let go. Staff who manage payments may.</summary>
internal static class VoidPayment
{
    public static void Map(IEndpointRouteBuilder payments) =>
        payments.MapPost("/{id:guid}/void", Handle).RequirePermission(Permissions.PaymentsManage).Idempotent()
            .WithSummary("Void a payment")
            .WithDescription("For a payment of an order that is not confirmed, or whose capture failed. Answers 202: the gateway is asked.")
            .Problems("payment_move");

    private static Task<Accepted<PaymentResponse>> Handle(
        Guid id, Caller caller, PaymentsDb db, Wakes<CallGateways> wakes, TimeProvider clock, CancellationToken ct) =>
        StaffMoves.Move(id, "payment.void", (order, payment) => order.EndPayment(payment), caller, db, wakes, clock, ct);
}
