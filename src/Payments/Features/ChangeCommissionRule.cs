using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Changes what a commission rule charges, for what is sold from now on. Staff who manage commission may. What it is about stays.</summary>
internal static class ChangeCommissionRule
{
    public static void Map(IEndpointRouteBuilder rules) =>
        rules.MapPut("/{id:guid}", Handle).RequirePermission(Permissions.CommissionManage)
            .WithSummary("Change a commission rule")
            .WithExample(new ChangeCommissionRuleRequest("Books", 8m))
            .Problems("412 stale", "422 currency_mismatch", "422 unsupported_currency", "422 invalid_amount", "422 end_before_start");

    private static async Task<Ok<CommissionRuleResponse>> Handle(
        Guid id, ChangeCommissionRuleRequest request, Caller caller, PaymentsDb db, CommissionRateCache rates, HttpContext http, CancellationToken ct)
    {
        var rule = await db.CommissionRules.SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, rule.Version);
        var before = CommissionRuleResponse.Of(rule);
        var terms = CommissionTerms.Of(request.Percent, request.Fixed, request.Minimum, request.Maximum);
        // A rule belongs to its currency: with another it would be another rule.
        if (terms.Currency != rule.Currency)
            throw RuleException.Invalid("/fixed/currency", "currency_mismatch", rule.Currency is null
                ? "This rule holds for every currency and has no amounts. Add another rule for them."
                : $"This rule is for {rule.Currency} and needs an amount in it.");
        (rule.Name, rule.Percent, rule.FixedMinor, rule.MinMinor, rule.MaxMinor) =
            (request.Name, terms.Percent, terms.FixedMinor, terms.MinMinor, terms.MaxMinor);
        db.Audit(caller, "commission_rule.change", "commission_rule", id, rule.CompanyId, before, CommissionRuleResponse.Of(rule));
        db.AfterCommit(rates.Forget);
        ETag.Set(http, rule);
        return TypedResults.Ok(CommissionRuleResponse.Of(rule));
    }
}

/// <summary>What a rule charges from now on.</summary>
/// <param name="Name">For people.</param>
/// <param name="Percent">Of the seller's goods net of tax, 0 to 100, at most four decimals.</param>
/// <param name="Fixed">Added per line.</param>
/// <param name="Minimum">Never less per line.</param>
/// <param name="Maximum">Never more per line.</param>
public sealed record ChangeCommissionRuleRequest(
    [Required, StringLength(100, MinimumLength = 1)] string Name, [Range(0, 100)] decimal Percent, Money? Fixed = null, Money? Minimum = null, Money? Maximum = null);
