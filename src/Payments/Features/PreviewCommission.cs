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
/// Tells what a sale would be charged by the rules as they are, and by them together with one that is not there yet. Staff who
/// manage commission may. Nothing is changed.
/// </summary>
internal static class PreviewCommission
{
    public static void Map(IEndpointRouteBuilder rules) =>
        rules.MapPost("/preview", Handle).RequirePermission(Permissions.CommissionManage)
            .WithSummary("Preview a commission")
            .WithDescription("Of goods net of tax. A `rule` for the same thing as one that is there stands in its place.")
            .WithExample(new PreviewCommissionRequest(
                new Money(4998, "EUR"), CompanyId: Guid.Parse("0199f3a2-5b7c-7d10-8000-000000000001"),
                Rule: new CreateCommissionRuleRequest("Everything", 8m)))
            .Problems("422 one_target", "422 currency_mismatch", "422 unsupported_currency", "422 invalid_amount",
                "422 end_before_start");

    private static async Task<Ok<CommissionPreviewResponse>> Handle(
        PreviewCommissionRequest request, PaymentsDb db, IOptions<PaymentsOptions> options, TimeProvider clock,
        CancellationToken ct)
    {
        if (!Currencies.Knows(request.Goods.Currency))
            throw RuleException.Invalid(
                "/goods/currency", "unsupported_currency", "Use an ISO 4217 code in upper case, for example EUR.");
        if (request.Goods.Amount is < 0 or > 1_000_000_000_000)
            throw RuleException.Invalid("/goods/amount", "invalid_amount", "From 0 to 1,000,000,000,000 minor units.");
        var rules = await db.CommissionRules.AsNoTracking().ToListAsync(ct);
        var now = Of(rules);
        if (request.Rule is null)
            return TypedResults.Ok(new CommissionPreviewResponse(now, Then: null));
        var draft = CreateCommissionRule.RuleOf(request.Rule, clock.GetUtcNow());
        return TypedResults.Ok(new CommissionPreviewResponse(now,
            Of([.. rules.Where(rule => !IsAbout(rule, draft)), draft])));

        PreviewedCommission Of(IReadOnlyList<CommissionRule> by)
        {
            var commission = new CommissionRates(by, options.Value.CommissionPercent).For(
                request.ProductId, request.CategoryIds ?? [], request.CompanyId, request.Goods.Currency,
                request.Goods.Amount);
            return new PreviewedCommission(
                new Money(commission.AmountMinor, request.Goods.Currency), commission.Percent,
                by.FirstOrDefault(rule => rule.Id == commission.RuleId)?.Name);
        }
    }

    private static bool IsAbout(CommissionRule one, CommissionRule other) =>
        (one.ProductId, one.CategoryId, one.CompanyId, one.Currency)
        == (other.ProductId, other.CategoryId, other.CompanyId, other.Currency);
}

/// <summary>A sale, and perhaps a rule to try.</summary>
/// <param name="Goods">What the goods cost net of tax.</param>
/// <param name="ProductId">Which product.</param>
/// <param name="CategoryIds">Its categories.</param>
/// <param name="CompanyId">Who sells it.</param>
/// <param name="Rule">A rule that is not there yet.</param>
public sealed record PreviewCommissionRequest(
    Money Goods, Guid? ProductId = null, [MaxLength(100)] Guid[]? CategoryIds = null, Guid? CompanyId = null,
    CreateCommissionRuleRequest? Rule = null);

/// <summary>What a sale would be charged.</summary>
/// <param name="Now">By the rules as they are.</param>
/// <param name="Then">With the rule that was to be tried; null without one.</param>
public sealed record CommissionPreviewResponse(PreviewedCommission Now, PreviewedCommission? Then);

/// <summary>A commission and where it comes from.</summary>
/// <param name="Commission">The amount.</param>
/// <param name="Percent">Of the goods; before the fixed amount, minimum and maximum.</param>
/// <param name="Rule">The name of the rule; null for the marketplace's default.</param>
public sealed record PreviewedCommission(Money Commission, decimal Percent, string? Rule);
