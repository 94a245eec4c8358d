using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Adds a commission rule. Staff who manage commission may. It holds for what is sold from now on.</summary>
internal static class CreateCommissionRule
{
    public static void Map(IEndpointRouteBuilder rules) =>
        rules.MapPost("/", Handle).RequirePermission(Permissions.CommissionManage).Idempotent()
            .WithSummary("Add a commission rule")
            .WithDescription("For one product, category or company, or for everything when none is named. The most special rule wins: product, category, company, "
                + "everything; then the one for the currency. Without a rule it is 10 %.")
            .WithExample(new CreateCommissionRuleRequest("Books", 7.5m, CategoryId: Guid.Parse("0199f3a2-5b7c-7d10-8000-000000000001")))
            .Problems("already_exists", "422 one_target", "422 currency_mismatch", "422 unsupported_currency", "422 invalid_amount", "422 end_before_start");

    private static Created<CommissionRuleResponse> Handle(
        CreateCommissionRuleRequest request, Caller caller, PaymentsDb db, CommissionRateCache rates, TimeProvider clock, HttpContext http)
    {
        var rule = RuleOf(request, clock.GetUtcNow());
        db.CommissionRules.Add(rule);
        db.Audit(caller, "commission_rule.create", "commission_rule", rule.Id, rule.CompanyId, after: CommissionRuleResponse.Of(rule));
        db.AfterCommit(rates.Forget);
        ETag.Set(http, rule);
        return TypedResults.Created($"/commission-rules/{rule.Id}", CommissionRuleResponse.Of(rule));
    }

    /// <summary>The rule that a request describes.</summary>
    /// <exception cref="RuleException">422: several targets, or terms that contradict each other.</exception>
    internal static CommissionRule RuleOf(CreateCommissionRuleRequest request, DateTimeOffset now)
    {
        if (new[] { request.ProductId, request.CategoryId, request.CompanyId }.Count(id => id is not null) > 1)
            throw RuleException.Invalid("/product_id", "one_target", "Name a product, a category or a company, not several.");
        var terms = CommissionTerms.Of(request.Percent, request.Fixed, request.Minimum, request.Maximum);
        return new CommissionRule
        {
            Id = Guid.CreateVersion7(), Name = request.Name, ProductId = request.ProductId,
            CategoryId = request.CategoryId,
            CompanyId = request.CompanyId, Percent = terms.Percent, FixedMinor = terms.FixedMinor,
            MinMinor = terms.MinMinor,
            MaxMinor = terms.MaxMinor, Currency = terms.Currency, CreatedAt = now,
        };
    }
}

/// <summary>A new commission rule.</summary>
/// <param name="Name">For people.</param>
/// <param name="Percent">Of the seller's goods net of tax, 0 to 100, at most four decimals.</param>
/// <param name="Fixed">Added per line.</param>
/// <param name="Minimum">Never less per line.</param>
/// <param name="Maximum">Never more per line.</param>
/// <param name="ProductId">For this product.</param>
/// <param name="CategoryId">For products in this category.</param>
/// <param name="CompanyId">For this seller.</param>
public sealed record CreateCommissionRuleRequest(
    [Required, StringLength(100, MinimumLength = 1)] string Name, [Range(0, 100)] decimal Percent, Money? Fixed = null, Money? Minimum = null,
    Money? Maximum = null, Guid? ProductId = null, Guid? CategoryId = null, Guid? CompanyId = null);
