using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Says where a seller's money goes and how often, and shows it. Members who manage the company's payouts may; staff who do
/// see it, but the account is the seller's to name. Payouts that are asked for already keep the account they had.
/// </summary>
internal static class SetPayoutAccount
{
    public static void Map(IEndpointRouteBuilder accounts)
    {
        accounts.MapGet("/{companyId:guid}", Show).RequirePermission(Permissions.PayoutsManage)
            .WithSummary("Show where a seller's money goes");
        accounts.MapPut("/{companyId:guid}", Handle).RequirePermission(Permissions.PayoutsManage)
            .WithSummary("Say where a seller's money goes")
            .WithDescription("The IBAN is shown in part only from then on. `schedule`: `manual` (when somebody asks), "
                + "`daily`, `weekly` (Mondays), `monthly` (on the first); all at midnight UTC.")
            .WithExample(new SetPayoutAccountRequest("Oak and Lamp GmbH", "DE89370400440532013000",
                PayoutSchedule.Weekly))
            .Problems("412 stale", "422 invalid_iban");
    }

    private static async Task<Ok<PayoutAccountResponse>> Show(
        Guid companyId, Caller caller, PaymentsDb db, HttpContext http, CancellationToken ct)
    {
        var account = caller.Can(Permissions.PayoutsManage, companyId)
            ? await db.PayoutAccounts.AsNoTracking().SingleOrDefaultAsync(a => a.CompanyId == companyId, ct)
            : null;
        ETag.Set(http, (account ?? throw RuleException.NotFound()).Version);
        return TypedResults.Ok(PayoutAccountResponse.Of(account));
    }

    private static async Task<Ok<PayoutAccountResponse>> Handle(
        Guid companyId, SetPayoutAccountRequest request, Caller caller, PaymentsDb db, TimeProvider clock,
        HttpContext http,
        CancellationToken ct)
    {
        // A member's right: who pays must not also say to whom.
        if (!caller.CompaniesWith(Permissions.PayoutsManage).Contains(companyId))
            throw caller.Can(Permissions.PayoutsManage)
                ? new RuleException(403, "forbidden", "Where a seller's money goes, a member of the company says.")
                : RuleException.NotFound();
        var iban = Iban.Read(request.Iban)
            ?? throw RuleException.Invalid("/iban", "invalid_iban", "This is no IBAN: check its digits.");
        var account = await db.PayoutAccounts.SingleOrDefaultAsync(a => a.CompanyId == companyId, ct);
        ETag.Check(http, account?.Version ?? 0);
        var before = account is null ? null : PayoutAccountResponse.Of(account);
        if (account is null)
            db.PayoutAccounts.Add(account = new PayoutAccount { CompanyId = companyId, Holder = request.Holder,
                Iban = iban });
        (account.Holder, account.Iban, account.Bic) = (request.Holder, iban, request.Bic);
        account.PayOut(request.Schedule, clock.GetUtcNow());
        var after = PayoutAccountResponse.Of(account);
        db.Audit(caller, "payout_account.set", "payout_account", companyId, companyId, before, after);
        ETag.Set(http, account);
        return TypedResults.Ok(after);
    }
}

/// <summary>Where a seller's money is to go.</summary>
/// <param name="Holder">Whose account it is, as the bank knows them.</param>
/// <param name="Iban">The account; blanks may stand in it.</param>
/// <param name="Schedule">How often without asking.</param>
/// <param name="Bic">The bank, where its country asks for it.</param>
public sealed record SetPayoutAccountRequest(
    [Required, StringLength(70, MinimumLength = 1)] string Holder,
        [Required, StringLength(50, MinimumLength = 1)] string Iban,
    PayoutSchedule Schedule, [RegularExpression("[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")] string? Bic = null);

/// <summary>Where a seller's money goes.</summary>
/// <param name="CompanyId">The seller.</param>
/// <param name="Holder">Whose account it is.</param>
/// <param name="Iban">The account, in part.</param>
/// <param name="Bic">The bank, where one was named.</param>
/// <param name="Schedule">How often without asking.</param>
/// <param name="NextAt">When the next payout is asked for; null when only somebody may.</param>
public sealed record PayoutAccountResponse(
    Guid CompanyId, string Holder, string Iban, string? Bic, PayoutSchedule Schedule, DateTimeOffset? NextAt)
{
    internal static PayoutAccountResponse Of(PayoutAccount account) => new(
        account.CompanyId, account.Holder, Domain.Iban.Mask(account.Iban), account.Bic, account.Schedule,
        account.NextAt);
}
