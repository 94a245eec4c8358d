using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Payments.Jobs;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Tries a capture that failed again at once, instead of at its next time. Staff who manage payments may.</summary>
internal static class CapturePayment
{
    public static void Map(IEndpointRouteBuilder payments) =>
        payments.MapPost("/{id:guid}/capture", Handle).RequirePermission(Permissions.PaymentsManage).Idempotent()
            .WithSummary("Capture a payment again that failed")
            .WithDescription("Captures happen by themselves when an order is confirmed; this is for one that failed. Answers 202: the gateway is asked.")
            .Problems("payment_move");

    private static Task<Accepted<PaymentResponse>> Handle(
        Guid id, Caller caller, PaymentsDb db, Wakes<CallGateways> wakes, TimeProvider clock, CancellationToken ct) =>
        StaffMoves.Move(id, "payment.capture", (order, payment) => order.CaptureAgain(payment), caller, db, wakes, clock, ct);
}
