using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Contracts.Payments;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Leads a payout to its end: approved, sent, failed, cancelled. Staff who manage payouts may; a seller may only take back what
/// is not approved yet. What fails or is cancelled is due again, with the next payout.
/// </summary>
internal static class MovePayout
{
    public static void Map(IEndpointRouteBuilder payouts)
    {
        payouts.MapPost("/{id:guid}/approve", Approve).RequirePermission(Permissions.PayoutsManage).Idempotent()
            .WithSummary("Approve a payout").Problems("payout_move", "412 stale");
        payouts.MapPost("/{id:guid}/sent", Sent).RequirePermission(Permissions.PayoutsManage).Idempotent()
            .WithSummary("Say that a payout was sent")
            .WithDescription("The money has left the marketplace's account.")
            .WithExample(new SentPayoutRequest("TRF-2026-0042")).Problems("payout_move", "412 stale");
        payouts.MapPost("/{id:guid}/fail", Fail).RequirePermission(Permissions.PayoutsManage).Idempotent()
            .WithSummary("Say that a payout failed")
            .WithDescription("The bank could not pay it, or paid it back. The money is due again.")
            .WithExample(new EndPayoutRequest("account closed")).Problems("payout_move", "412 stale");
        payouts.MapPost("/{id:guid}/cancel", Cancel).RequirePermission(Permissions.PayoutsManage).Idempotent()
            .WithSummary("Cancel a payout")
            .WithDescription("Before the bank was told. The money is due again.")
            .WithExample(new EndPayoutRequest("wrong account")).Problems("payout_move", "412 stale");
    }

    private static Task<Ok<PayoutResponse>> Approve(
        Guid id, Caller caller, PaymentsDb db, TimeProvider clock, HttpContext http, CancellationToken ct) =>
        Move(id, "payout.approve", payout => payout.Approve(clock.GetUtcNow()), reason: null, caller, db, http, ct);

    private static Task<Ok<PayoutResponse>> Sent(
        Guid id, SentPayoutRequest request, Caller caller, PaymentsDb db, TimeProvider clock, HttpContext http,
        CancellationToken ct) => Move(
            id, "payout.sent", payout => db.Send([payout], request.Reference, clock.GetUtcNow()),
            reason: null, caller, db, http, ct);

    private static Task<Ok<PayoutResponse>> Fail(
        Guid id, EndPayoutRequest request, Caller caller, PaymentsDb db, TimeProvider clock, HttpContext http,
        CancellationToken ct) => Move(
            id, "payout.fail", payout =>
            {
                db.GiveBack(payout, payout.Fail(request.Reason, clock.GetUtcNow()));
                db.Publish(new PayoutFailed(payout.Id, payout.CompanyId, payout.Currency, payout.AmountMinor));
            },
            request.Reason, caller, db, http, ct);

    private static Task<Ok<PayoutResponse>> Cancel(
        Guid id, EndPayoutRequest request, Caller caller, PaymentsDb db, TimeProvider clock, HttpContext http,
        CancellationToken ct) => Move(
            id, "payout.cancel", payout => db.GiveBack(payout, payout.Cancel(request.Reason, clock.GetUtcNow())),
            request.Reason, caller, db, http, ct, sellerMay: payout => payout.Status == PayoutStatus.Requested);

    private static async Task<Ok<PayoutResponse>> Move(
        Guid id, string action, Action<Payout> move, string? reason, Caller caller, PaymentsDb db, HttpContext http,
        CancellationToken ct, Func<Payout, bool>? sellerMay = null)
    {
        var payout = await db.Payouts.SingleOrDefaultAsync(p => p.Id == id, ct);
        if (payout is null || !caller.Can(Permissions.PayoutsManage, payout.CompanyId))
            throw RuleException.NotFound();
        if (!caller.Can(Permissions.PayoutsManage) && sellerMay?.Invoke(payout) != true)
            throw new RuleException(403, "forbidden", sellerMay is null
                ? "The marketplace's own staff does this. You may cancel a payout that is not approved yet."
                : "This payout is approved: only the marketplace's own staff may end it now.");
        ETag.Check(http, payout.Version);
        var before = Words.Of(payout.Status);
        move(payout);
        db.Audit(caller, action, "payout", id, payout.CompanyId, new { status = before },
            new { status = Words.Of(payout.Status) }, reason);
        ETag.Set(http, payout);
        return TypedResults.Ok(PayoutResponse.Of(payout));
    }
}

/// <summary>A payout that was sent.</summary>
/// <param name="Reference">The bank's name of the transfer.</param>
public sealed record SentPayoutRequest([StringLength(100, MinimumLength = 1)] string? Reference = null);

/// <summary>A payout that came to nothing.</summary>
/// <param name="Reason">For the seller and the books.</param>
public sealed record EndPayoutRequest([Required, StringLength(200, MinimumLength = 1)] string Reason);
