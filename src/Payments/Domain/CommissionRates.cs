using Souk.Contracts.Orders;

namespace Souk.Payments.Domain;

/// <summary>A rule that sets the commission of a product, a category, a company, or of everything when it names nothing.</summary>
internal sealed class CommissionRule : Souk.Platform.Db.IVersioned
{
    public required Guid Id { get; init; }

    public required string Name { get; set; }

    public Guid? ProductId { get; init; }

    public Guid? CategoryId { get; init; }

    public Guid? CompanyId { get; init; }

    public required decimal Percent { get; set; }

    public long FixedMinor { get; set; }

    public long? MinMinor { get; set; }

    public long? MaxMinor { get; set; }

    /// <summary>Of the amounts; null for a rule of percent only, which holds for every currency.</summary>
    public string? Currency { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public long Version { get; set; }
}

/// <summary>A commission and where it came from.</summary>
internal readonly record struct Commission(long AmountMinor, Guid? RuleId, decimal Percent);

/// <summary>
/// All rules as they are now. The most special one wins: product, then category, then company, then the one that names
/// nothing, then the default of the settings. Of two on one level the one for the currency wins, then the newest.
/// </summary>
internal sealed class CommissionRates(IEnumerable<CommissionRule> rules, decimal defaultPercent)
{
    private readonly CommissionRule[] newestFirst = [.. rules.OrderByDescending(rule => rule.Currency is not null).ThenByDescending(rule => rule.Id)];

    /// <summary>The commission of a line: percent of the goods, rounded half away from zero, plus the fixed amount, within minimum and maximum, never more than the goods.</summary>
    public Commission For(OrderedLine line, string currency, long goodsMinor) =>
        For(line.ProductId, line.CategoryIds, line.CompanyId, currency, goodsMinor);

    /// <summary>The same of what is not sold yet; what is not named no special rule is about.</summary>
    public Commission For(Guid? productId, Guid[] categoryIds, Guid? companyId, string currency, long goodsMinor)
    {
        var rule = Array.Find(newestFirst, r => r.ProductId is { } product && product == productId && Fits(r, currency))
            ?? Array.Find(newestFirst, r => r.CategoryId is { } category && categoryIds.Contains(category)
                && Fits(r, currency))
            ?? Array.Find(newestFirst, r => r.CompanyId is { } company && company == companyId && Fits(r, currency))
            ?? Array.Find(newestFirst, r => r is { ProductId: null, CategoryId: null, CompanyId: null } && Fits(r, currency));
        var percent = rule?.Percent ?? defaultPercent;
        var amount = (long)decimal.Round(goodsMinor * percent / 100, MidpointRounding.AwayFromZero) + (rule?.FixedMinor ?? 0);
        amount = Math.Min(Math.Max(amount, rule?.MinMinor ?? 0), rule?.MaxMinor ?? long.MaxValue);
        return new Commission(Math.Min(amount, goodsMinor), rule?.Id, percent);
    }

    private static bool Fits(CommissionRule rule, string currency) => rule.Currency is null || rule.Currency == currency;
}
