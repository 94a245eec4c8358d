using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Asks for a payout of everything that is due to a seller: delivered, held back no longer, less what was refunded. Members who
/// manage the company's payouts may, and staff. The money is set aside until the marketplace has approved and sent it.
/// </summary>
internal static class RequestPayout
{
    public static void Map(IEndpointRouteBuilder payouts) =>
        payouts.MapPost("/", Handle).RequirePermission(Permissions.PayoutsManage).Idempotent(required: true)
            .WithSummary("Ask for a payout")
            .WithDescription("`GET /balances` tells what is `available`. One payout at a time for a seller and "
                + "currency.")
            .WithExample(new RequestPayoutRequest(Guid.Parse("0199f3a2-5b7c-7d10-8000-000000000001"), "EUR"))
            .Problems("payout_account_missing", "payout_under_way", "nothing_to_pay_out", "below_minimum",
                "422 unsupported_currency");

    private static async Task<Created<PayoutResponse>> Handle(
        RequestPayoutRequest request, Caller caller, PaymentsDb db, IOptions<PaymentsOptions> options,
        TimeProvider clock,
        HttpContext http, CancellationToken ct)
    {
        var (companyId, currency) = (request.CompanyId, request.Currency);
        if (!caller.Can(Permissions.PayoutsManage, companyId))
            throw RuleException.NotFound();
        if (!Currencies.Knows(currency))
            throw RuleException.Invalid("/currency", "unsupported_currency",
                "Use an ISO 4217 code in upper case, for example EUR.");
        var account = await db.PayoutAccounts.AsNoTracking().SingleOrDefaultAsync(a => a.CompanyId == companyId, ct)
            ?? throw new RuleException("payout_account_missing", "The seller has not said yet where the money goes: "
                + "PUT /payout-accounts/{company_id}.");
        var due = await db.LockDue(companyId, currency, ct);
        // After the locks: who asked at the same moment has committed.
        if (await db.Payouts.AsNoTracking().Where(p => p.CompanyId == companyId && p.Currency == currency)
            .FirstOrDefaultAsync(p => p.Status == PayoutStatus.Requested || p.Status == PayoutStatus.Approved,
                ct) is { } other)
            throw new RuleException("payout_under_way",
                "A payout of this seller and currency is under way. The next one follows it.")
            {
                More = { ["payout_id"] = other.Id },
            };
        var minimum = options.Value.PayoutMinimumMinor(currency);
        var payout = Payout.Of(account, currency, due, clock.GetUtcNow())
            ?? throw new RuleException("nothing_to_pay_out",
                "Nothing is due: what was sold is not delivered, held back, or paid out.");
        if (payout.AmountMinor < minimum)
            throw new RuleException("below_minimum",
                $"{payout.AmountMinor} minor units are due; at least {minimum} are paid out.")
            {
                More = { ["available"] = payout.AmountMinor, ["minimum"] = minimum },
            };
        db.Take(payout, due);
        var shown = PayoutResponse.Of(payout);
        db.Audit(caller, "payout.request", "payout", payout.Id, companyId, after: shown);
        ETag.Set(http, payout);
        return TypedResults.Created($"/payouts/{payout.Id}", shown);
    }
}

/// <summary>A payout to be made.</summary>
/// <param name="CompanyId">The seller.</param>
/// <param name="Currency">Of what is due.</param>
public sealed record RequestPayoutRequest(Guid CompanyId,
    [Required, StringLength(3, MinimumLength = 3)] string Currency);
