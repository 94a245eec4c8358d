using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Souk.Carts.Domain;
using static Souk.UnitTests.Carts.Baskets;

namespace Souk.UnitTests.Carts;

public class PricingProperties
{
    private const ulong Seed = 20_261_120;
    private const int BasketsMax = 10_000;

    /// <summary>A basket with its rules.</summary>
    internal sealed record Trial(string Description)
    {
        internal Basket Basket { get; init; } = null!;

        internal Rules Rules { get; init; } = null!;
    }

    private static Gen<Trial> Trials =>
        from currency in Gen.Elements("JPY", "EUR", "BHD")
        from includeTax in Gen.Elements(true, false)
        from lines in Lines(currency)
        from methods in Methods(currency)
        from percents in Gen.Elements(0m, 5m, 7.7m, 19m, 21.25m, 100m).ArrayOf(3)
        from promotions in Promotions(currency)
        select new Trial($"{currency}, {lines.Length} lines, {promotions.Length} promotions, tax {(includeTax ? "included" : "added")}")
        {
            Basket = (Of() with { Lines = [.. lines.Select(line => new BasketLine(line.Offer.Id, line.Quantity, null, line.Offer))] })
                .With([.. promotions.Where(promotion => promotion.Code is not null)]),
            Rules = new Rules(
                methods, [("DE", "standard", percents[0]), ("DE", "reduced", percents[1]), ("DE", "other", percents[2])],
                promotions.Where(promotion => promotion.Code is null), includeTax),
        };

    private static Gen<(Offer Offer, int Quantity)[]> Lines(string currency) =>
        from count in Gen.Choose(1, 12)
        from lines in (
            from price in Gen.Frequency((1, Gen.Constant(0)), (6, Gen.Choose(1, 20_000)), (1, Gen.Choose(1, int.MaxValue)))
            from quantity in Gen.Frequency((8, Gen.Choose(1, 5)), (1, Gen.Choose(1, Cart.QuantityMax)))
            from company in Gen.Elements(Ann, Ben)
            from fee in Gen.Frequency((2, Gen.Constant(-1)), (1, Gen.Choose(0, 3000)))
            from tax in Gen.Elements("standard", "reduced", "other", "unknown")
            from isBook in Gen.Elements(true, false)
            select (Offer(price, company, fee < 0 ? null : fee, currency, tax, isBook ? [Books] : []), quantity)).ArrayOf(count)
        select lines;

    private static Gen<DeliveryMethod[]> Methods(string currency) =>
        from count in Gen.Choose(1, 3)
        from methods in (
            from company in Gen.Elements<Guid?>(null, Ann)
            from @base in Gen.Choose(0, 2000)
            from perItem in Gen.Choose(0, 300)
            from freeFrom in Gen.Frequency((2, Gen.Constant(-1)), (1, Gen.Choose(0, 50_000)))
            select Method(company, @base, perItem, freeFrom < 0 ? null : freeFrom, currency)).ArrayOf(count)
        select methods;

    private static Gen<Promotion[]> Promotions(string currency) =>
        from count in Gen.Choose(0, 4)
        from promotions in (
            from percent in Gen.Elements(0m, 0.5m, 10m, 33.3333m, 100m)
            from amount in Gen.Choose(1, 30_000)
            from company in Gen.Elements<Guid?>(null, Ann)
            from category in Gen.Elements<Guid?>(null, Books)
            from minimum in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Choose(1, 50_000)))
            from ours in Gen.Elements(true, false)
            from hasCode in Gen.Elements(true, false)
            select Off(
                percent == 0 ? null : percent, percent == 0 ? amount : null, hasCode ? $"C{Guid.CreateVersion7():N}" : null, company,
                minimum == 0 ? null : minimum, category, ours, currency: currency)).ArrayOf(count)
        select promotions;

    [Fact]
    public void Every_quote_adds_up_to_the_minor_unit()
    {
        var (quotes, discounted, blocked) = (0, 0, 0);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(BasketsMax).WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(Seed, Seed | 1), FSharpOption<int>.None))),
            Prop.ForAll(Trials.ToArbitrary(), test =>
            {
                var quote = test.Basket.Priced(test.Rules);
                quotes++;
                discounted += quote.Promotions.Count > 0 ? 1 : 0;
                blocked += quote.CanBeBought ? 0 : 1;
                Holds(quote);
            }));
        TestContext.Current.SendDiagnosticMessage($"{quotes} quotes of seed {Seed}: {discounted} discounted, {blocked} that nobody delivers; all add up.");
        Assert.InRange(discounted, BasketsMax / 10, BasketsMax);
    }

    private static void Holds(Quote quote)
    {
        foreach (var line in quote.Lines)
        {
            Assert.Equal(checked(line.Offer.PriceMinor * line.Quantity), line.ItemsMinor);
            Assert.InRange(line.DiscountMinor, 0, line.ItemsMinor);
            Assert.InRange(line.DiscountByMarketplaceMinor, 0, line.DiscountMinor);
            Assert.InRange(line.DeliveryMinor, 0, long.MaxValue);
            Assert.InRange(line.TaxMinor, 0, line.ItemsMinor - line.DiscountMinor + line.DeliveryMinor);
            Assert.Equal(
                line.ItemsMinor - line.DiscountMinor + line.DeliveryMinor + (quote.PricesIncludeTax ? 0 : line.TaxMinor), line.TotalMinor);
        }
        Assert.Equal(quote.TotalMinor, quote.Parts.Sum(part => part.TotalMinor));
        Assert.Equal(quote.TotalMinor, quote.Lines.Sum(line => line.TotalMinor));
        Assert.Equal(quote.Promotions.Sum(applied => applied.DiscountMinor), quote.Lines.Sum(line => line.DiscountMinor));
        foreach (var part in quote.Parts.Where(part => part.Method is not null))
            Assert.Equal(Pricing.Delivery(part, part.Method!), part.DeliveryMinor);
        Assert.InRange(quote.TotalMinor, 0, long.MaxValue);
    }
}
