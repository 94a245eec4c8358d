using Souk.Contracts;
using Souk.Payments.Domain;

namespace Souk.Payments.Features;

/// <summary>A commission rule.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Name">For people.</param>
/// <param name="ProductId">Of this product.</param>
/// <param name="CategoryId">Of products in this category.</param>
/// <param name="CompanyId">Of this seller.</param>
/// <param name="Percent">Of the seller's goods net of tax.</param>
/// <param name="Fixed">Added per line.</param>
/// <param name="Minimum">Never less per line, unless the goods are worth less.</param>
/// <param name="Maximum">Never more per line.</param>
public sealed record CommissionRuleResponse(
    Guid Id, string Name, Guid? ProductId, Guid? CategoryId, Guid? CompanyId, decimal Percent, Money? Fixed, Money? Minimum, Money? Maximum)
{
    internal static CommissionRuleResponse Of(CommissionRule rule) => new(
        rule.Id, rule.Name, rule.ProductId, rule.CategoryId, rule.CompanyId, rule.Percent,
        rule.Currency is null ? null : new Money(rule.FixedMinor, rule.Currency), Amount(rule.MinMinor, rule), Amount(rule.MaxMinor, rule));

    private static Money? Amount(long? minor, CommissionRule rule) => minor is { } amount ? new Money(amount, rule.Currency!) : null;
}
