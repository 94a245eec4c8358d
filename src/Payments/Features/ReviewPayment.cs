using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Payments.Jobs;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Decides about payments that fraud rules found: an approved one goes on, a rejected one is declined and let go, and its buyer
/// may pay in another way while the order waits. Staff who manage payments may.
/// </summary>
internal static class ReviewPayment
{
    public static void Map(IEndpointRouteBuilder payments)
    {
        payments.MapGet("/reviews", List).RequirePermission(Permissions.PaymentsManage)
            .WithSummary("List payments that were or are reviewed")
            .WithDescription("Filter: `status` (open, approved, rejected, lapsed: its order ended first). What is "
                + "open at `expires_at` is cancelled with its order.");
        payments.MapPost("/{id:guid}/approve", Approve).RequirePermission(Permissions.PaymentsManage).Idempotent()
            .WithSummary("Approve a payment that is in review")
            .WithExample(new ReviewPaymentRequest("Called the buyer."))
            .Problems("payment_move");
        payments.MapPost("/{id:guid}/reject", Reject).RequirePermission(Permissions.PaymentsManage).Idempotent()
            .WithSummary("Reject a payment that is in review")
            .WithExample(new ReviewPaymentRequest("Known from other shops."))
            .Problems("payment_move");
    }

    private static async Task<Ok<Page<PaymentReviewResponse>>> List(
        [AllowedValues("open", "approved", "rejected", "lapsed", null)] string? status, PageRequest page, Caller caller,
        PaymentsDb db, CancellationToken ct)
    {
        page.Sort("-created_at");
        if (!caller.Can(Permissions.PaymentsManage))
            throw new RuleException(403, "forbidden", "Reviews are for the marketplace's own staff.");
        var conditions = new Conditions().AndIf("r.status = ?", status);
        if (page.After is { } after)
            conditions.And("r.payment_id < ?", after.Get<Guid>(0));
        var rows = await db.Query($"""
            select r.payment_id, p.order_id, p.account_id, p.amount_minor, p.currency, r.status, r.rules, r.expires_at,
            r.created_at,
                   r.decided_at, r.account_id, r.note
              from reviews r
                  join payments p on p.id = r.payment_id {conditions.Where} order by r.payment_id desc limit {page.Take}
            """,
            row => new PaymentReviewResponse(
                row.GetGuid(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetGuid(2),
                new Money(row.GetInt64(3), row.GetString(4)),
                row.GetString(5), JsonSerializer.Deserialize<MetRuleResponse[]>(row.GetString(6), Json.Api)!,
                row.GetFieldValue<DateTimeOffset>(7), row.GetFieldValue<DateTimeOffset>(8),
                row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9), row.IsDBNull(10) ? null
                    : row.GetGuid(10),
                row.IsDBNull(11) ? null : row.GetString(11)),
            ct, conditions.Args);
        return TypedResults.Ok(page.Result(rows, row => [row.PaymentId]));
    }

    private static Task<Accepted<PaymentResponse>> Approve(
        Guid id, ReviewPaymentRequest? request, Caller caller, PaymentsDb db, Wakes<CallGateways> wakes,
        TimeProvider clock,
        CancellationToken ct) => StaffMoves.Move(id, "payment.approve", (order, payment) =>
    {
        order.Approve(payment);
        db.Decide(id, "approved", caller, request?.Note);
    }, caller, db, wakes, clock, ct);

    private static Task<Accepted<PaymentResponse>> Reject(
        Guid id, ReviewPaymentRequest? request, Caller caller, PaymentsDb db, Wakes<CallGateways> wakes,
        TimeProvider clock,
        CancellationToken ct) => StaffMoves.Move(id, "payment.reject", (order, payment) =>
    {
        order.Reject(payment);
        db.Decide(id, "rejected", caller, request?.Note);
    }, caller, db, wakes, clock, ct);
}

/// <summary>A decision about a payment.</summary>
/// <param name="Note">Why, for those who look later.</param>
public sealed record ReviewPaymentRequest([StringLength(500, MinimumLength = 1)] string? Note = null);

/// <summary>A payment that was or is reviewed.</summary>
/// <param name="PaymentId">The payment.</param>
/// <param name="OrderId">Its order.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
/// <param name="Amount">What it brings.</param>
/// <param name="Status">open, approved, rejected, lapsed.</param>
/// <param name="Rules">Those that it met, as they were.</param>
/// <param name="ExpiresAt">When its order is cancelled if nobody decides.</param>
/// <param name="CreatedAt">When it was found.</param>
/// <param name="DecidedAt">When it was decided.</param>
/// <param name="DecidedBy">Who did.</param>
/// <param name="Note">Why.</param>
public sealed record PaymentReviewResponse(
    Guid PaymentId, Guid OrderId, Guid? AccountId, Money Amount, string Status, IReadOnlyList<MetRuleResponse> Rules,
    DateTimeOffset ExpiresAt, DateTimeOffset CreatedAt, DateTimeOffset? DecidedAt, Guid? DecidedBy, string? Note);

/// <summary>A fraud rule that a payment met.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Name">For people.</param>
/// <param name="Kind">What it looks at.</param>
public sealed record MetRuleResponse(Guid Id, string Name, FraudRuleKind Kind)
{
    internal static MetRuleResponse Of(FraudRule rule) => new(rule.Id, rule.Name, rule.Kind);
}
