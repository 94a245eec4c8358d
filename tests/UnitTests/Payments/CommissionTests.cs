using Souk.Payments.Domain;

namespace Souk.UnitTests.Payments;

public sealed class CommissionTests
{
    private static readonly Random Seeded = new(7);

    [Fact]
    public void The_most_special_rule_wins_and_without_one_it_is_the_default()
    {
        var (_, lines) = RandomOrders.Make(Seeded);
        var line = lines[0];
        var all = Rule(percent: 4);
        var company = Rule(percent: 3, company: line.CompanyId);
        var category = Rule(percent: 2, category: line.CategoryIds[0]);
        var product = Rule(percent: 1, product: line.ProductId);

        Assert.Equal(new Commission(100, null, 10), Rates().For(line, "EUR", 1000));
        Assert.Equal(40, Rates(all).For(line, "EUR", 1000).AmountMinor);
        Assert.Equal(30, Rates(all, company).For(line, "EUR", 1000).AmountMinor);
        Assert.Equal(20, Rates(all, company, category).For(line, "EUR", 1000).AmountMinor);
        Assert.Equal(10, Rates(product, all, company, category).For(line, "EUR", 1000).AmountMinor);
        Assert.Equal(new Commission(100, null, 10), Rates(Rule(percent: 1, product: Guid.CreateVersion7())).For(line, "EUR", 1000));
    }

    [Fact]
    public void A_rule_of_another_currency_is_no_rule_and_one_for_the_currency_comes_first()
    {
        var (_, lines) = RandomOrders.Make(Seeded);
        var everywhere = Rule(percent: 5);
        var yen = Rule(percent: 0, fix: 7, currency: "JPY");

        Assert.Equal(50, Rates(everywhere, yen).For(lines[0], "EUR", 1000).AmountMinor);
        Assert.Equal(7, Rates(yen, everywhere).For(lines[0], "JPY", 1000).AmountMinor);
    }

    [Fact]
    public void What_the_marketplace_pays_of_the_delivery_costs_its_seller_no_commission()
    {
        var (_, lines) = RandomOrders.Make(Seeded);
        // 10.00 of goods of which the marketplace pays 1.00, sent for 5.00 of which it pays 3.00.
        var line = lines[0] with
        {
            Quantity = 1, UnitPriceMinor = 1000, DiscountMinor = 100, DiscountByMarketplaceMinor = 400,
            DeliveryMinor = 200, TaxMinor = 0, TotalMinor = 1100, DeliveryDiscountByMarketplaceMinor = 300,
        };

        var sold = SoldLine.Of(line, "EUR", Rates());

        Assert.Equal((100, 1500), (sold.CommissionMinor, sold.GoodsMinor + sold.DeliveryMinor));
    }

    [Theory]
    [InlineData(10, 0, null, null, 1000, 100)]
    [InlineData(10, 30, null, null, 1000, 130)]
    [InlineData(10, 0, 150, null, 1000, 150)]
    [InlineData(10, 0, null, 60, 1000, 60)]
    [InlineData(10, 0, 150, null, 120, 120)] // Never more than the goods.
    [InlineData(2.5, 0, null, null, 20, 1)] // 0.5 is rounded away from zero.
    [InlineData(100, 500, null, null, 1000, 1000)]
    public void Percent_fixed_minimum_and_maximum_add_up(double percent, long fix, int? min, int? max, long goods, long wanted)
    {
        var (_, lines) = RandomOrders.Make(Seeded);
        Assert.Equal(wanted, Rates(Rule((decimal)percent, fix: fix, min: min, max: max, currency: "EUR")).For(lines[0], "EUR", goods).AmountMinor);
    }

    [Theory]
    [InlineData(10, new long[] { 1, 1, 1 }, new long[] { 4, 3, 3 })]
    [InlineData(3, new long[] { 3, 3 }, new long[] { 2, 1 })]
    [InlineData(0, new long[] { 0, 0 }, new long[] { 0, 0 })]
    [InlineData(7, new long[] { 0, 7, 0 }, new long[] { 0, 7, 0 })]
    [InlineData(9_000_000_000_000_000_000, new long[] { 9_000_000_000_000_000_000, 1 }, new long[] { 8_999_999_999_999_999_999, 1 })]
    public void What_is_divided_adds_up(long amount, long[] weights, long[] wanted) =>
        Assert.Equal(wanted, Allocation.ByLargestRemainder(amount, weights));

    private static CommissionRates Rates(params CommissionRule[] rules) => new(rules, defaultPercent: 10);

    private static CommissionRule Rule(
        decimal percent, Guid? product = null, Guid? category = null, Guid? company = null, long fix = 0, long? min = null, long? max = null, string? currency = null) => new()
    {
        Id = Guid.CreateVersion7(), Name = "rule", Percent = percent, ProductId = product, CategoryId = category, CompanyId = company, FixedMinor = fix,
        MinMinor = min, MaxMinor = max, Currency = currency,
    };
}
