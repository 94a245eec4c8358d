using Souk.Carts.Domain;
using Souk.Platform.Http;
using static Souk.UnitTests.Carts.Baskets;

namespace Souk.UnitTests.Carts;

public class PricingTests
{
    [Fact]
    public void A_line_is_its_price_times_its_quantity()
    {
        var quote = Of((Offer(1999), 3), (Offer(500, Ben), 1)).Priced(Rules());

        Assert.Equal(6497, quote.TotalMinor);
        Assert.Equal([5997, 500], quote.Parts.Select(part => part.TotalMinor));
        Assert.Empty(quote.Problems);
        Assert.True(quote.CanBeBought);
    }

    [Fact]
    public void What_is_added_to_a_part_pays_no_base_of_the_delivery_again_and_counts_with_it_towards_free()
    {
        var rules = Rules([Method(null, 500, 20, freeFrom: 5000)]);
        var basket = Of((Offer(1000), 2), (Offer(1000, Ben), 1));

        Assert.Equal([540, 520], basket.Priced(rules).Parts.Select(part => part.DeliveryMinor));
        Assert.Equal([40, 520], Joining(2999).Parts.Select(part => part.DeliveryMinor));
        Assert.Equal([0, 520], Joining(3000).Parts.Select(part => part.DeliveryMinor));

        Quote Joining(long bought) =>
            (basket with { Joins = new Dictionary<Guid, long> { [Ann] = bought } }).Priced(rules);
    }

    [Fact]
    public void What_the_marketplace_pays_of_the_delivery_is_told_from_what_it_pays_of_the_items()
    {
        var items = Off(percent: 50, code: "ITEMS", byMarketplace: true);
        var delivery = Off(amount: 300, code: "SEND", byMarketplace: true, kind: PromotionKind.Delivery);
        var quote = Of((Offer(1000), 1)).With(items, delivery).Priced(Rules([Method(null, 500, 0)]));

        var line = Assert.Single(quote.Lines);
        Assert.Equal((800, 300, 200), (
            line.DiscountByMarketplaceMinor, line.DeliveryDiscountByMarketplaceMinor, line.DeliveryMinor));
    }

    [Fact]
    public void Amounts_that_do_not_fit_are_refused()
    {
        var refusal = Assert.Throws<RuleException>(() => Of((Offer(long.MaxValue / 2), 3)).Priced(Rules()));

        Assert.Equal((422, "amount_too_large"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public void Two_lines_that_do_not_fit_together_are_refused()
    {
        var basket = Of((Offer(long.MaxValue / 2), 1), (Offer(long.MaxValue / 2), 1), (Offer(long.MaxValue / 2), 1));

        Assert.Equal("amount_too_large", Assert.Throws<RuleException>(() => basket.Priced(Rules())).Code);
    }

    [Fact]
    public void A_percentage_is_shared_so_that_the_shares_add_up()
    {
        var quote = Of((Offer(333), 1), (Offer(333), 1), (Offer(334), 1)).With(Off(percent: 10, code: "TEN")).Priced(Rules());

        Assert.Equal(100, quote.Lines.Sum(line => line.DiscountMinor));
        Assert.Equal([33, 33, 34], quote.Lines.Select(line => line.DiscountMinor).Order());
        Assert.Equal(900, quote.TotalMinor);
    }

    [Fact]
    public void An_amount_larger_than_the_items_takes_no_more_than_they_cost()
    {
        var quote = Of((Offer(300), 1), (Offer(200, Ben), 1)).With(Off(amount: 10_000, code: "BIG")).Priced(Rules([Method(null, 100, 0)]));

        Assert.Equal([300, 200], quote.Lines.Select(line => line.DiscountMinor));
        // Delivery is still paid: two parts.
        Assert.Equal(200, quote.TotalMinor);
    }

    [Fact]
    public void A_sellers_coupon_is_for_their_own_items_and_paid_by_them()
    {
        var quote = Of((Offer(1000), 1), (Offer(1000, Ben), 1)).With(Off(percent: 50, code: "BEN", company: Ben)).Priced(Rules());

        Assert.Equal([0, 500], quote.Lines.Select(line => line.DiscountMinor));
        Assert.All(quote.Lines, line => Assert.Equal(0, line.DiscountByMarketplaceMinor));
    }

    [Fact]
    public void What_the_marketplace_gives_is_told_apart()
    {
        var quote = Of((Offer(1000), 1)).With(Off(percent: 10, code: "OURS", byMarketplace: true), Off(amount: 90, code: "THEIRS")).Priced(Rules());

        Assert.Equal(190, quote.Lines[0].DiscountMinor);
        Assert.Equal(100, quote.Lines[0].DiscountByMarketplaceMinor);
    }

    [Fact]
    public void Promotions_are_taken_one_after_another_from_what_is_left()
    {
        var quote = Of((Offer(1000), 1)).With(Off(percent: 50, code: "SECOND")).Priced(Rules(automatic: [Off(percent: 50)]));

        Assert.Equal([500, 250], quote.Promotions.Select(applied => applied.DiscountMinor));
        Assert.Equal(250, quote.TotalMinor);
    }

    [Fact]
    public void A_minimum_counts_the_eligible_items_before_any_discount()
    {
        var coupon = Off(percent: 10, code: "FIFTY", minimum: 5000, category: Books);

        Assert.Equal("coupon_not_valid", Of((Offer(4999, categories: [Books]), 1), (Offer(9000), 1)).With(coupon).Priced(Rules()).Problems.Single().Code);
        Assert.Empty(Of((Offer(5000, categories: [Books]), 1)).With(coupon).Priced(Rules()).Problems);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(59, true)]
    [InlineData(60, false)]
    public void A_promotion_runs_from_its_start_to_before_its_end(int minute, bool applies)
    {
        var promotion = Off(percent: 10) with { StartsAt = Noon, EndsAt = Noon.AddHours(1) };
        var basket = Of((Offer(1000), 1)) with { Now = Noon.AddMinutes(minute) };

        Assert.Equal(applies ? 900 : 1000, basket.Priced(Rules(automatic: [promotion])).TotalMinor);
    }

    [Fact]
    public void A_used_up_or_unknown_coupon_is_a_problem_and_takes_nothing_off()
    {
        var used = Off(percent: 10, code: "USED", usesMax: 5);
        var basket = Of((Offer(1000), 1)) with { Coupons = ["USED", "NONE"], Asked = [new AskedPromotion(used, Used: 5)] };

        var quote = basket.Priced(Rules());

        Assert.Equal(["USED", "NONE"], quote.Problems.Select(problem => problem.Coupon));
        Assert.Equal(1000, quote.TotalMinor);
    }

    [Fact]
    public void An_offers_own_fee_replaces_the_rate_for_each_piece()
    {
        var quote = Of((Offer(1000, fee: 250), 2), (Offer(1000), 3)).Priced(Rules([Method(null, 100, 10)]));

        // 2 × 250, 3 × 10, and the base shared by 2000 : 3000.
        Assert.Equal([540, 90], quote.Lines.Select(line => line.DeliveryMinor));
    }

    [Fact]
    public void A_part_is_sent_free_from_its_amount_less_discount()
    {
        var rules = Rules([Method(null, 500, 0, freeFrom: 2000)]);

        Assert.Equal(2000, Of((Offer(1000), 2)).Priced(rules).TotalMinor);
        Assert.Equal(2499, Of((Offer(1000), 2)).With(Off(amount: 1, code: "ONE")).Priced(rules).TotalMinor);
    }

    [Fact]
    public void The_cheapest_method_is_taken_unless_another_is_chosen()
    {
        var (slow, fast) = (Method(null, 300, 0), Method(null, 900, 0));
        var basket = Of((Offer(1000), 1));

        Assert.Equal(1300, basket.Priced(Rules([fast, slow])).TotalMinor);
        Assert.Equal(1900, (basket with { Delivery = [new DeliveryChoice(Ann, fast.Id)] }).Priced(Rules([fast, slow])).TotalMinor);
        Assert.Equal("delivery_changed", (basket with { Delivery = [new DeliveryChoice(Ann, fast.Id)] }).Priced(Rules([slow])).Problems.Single().Code);
    }

    [Fact]
    public void A_company_with_methods_of_its_own_uses_only_those()
    {
        var own = Method(Ben, 700, 0, countries: ["FR"]);
        var quote = Of((Offer(1000), 1), (Offer(1000, Ben), 1)).Priced(Rules([Free, own]));

        Assert.Equal(("no_delivery", Ben), (quote.Problems.Single().Code, quote.Problems.Single().CompanyId));
        Assert.False(quote.CanBeBought);
    }

    [Fact]
    public void Postcodes_are_served_by_their_beginning()
    {
        var method = Method(null, 100, 0, countries: ["DE"]) with { PostcodePrefixes = ["10", "12"] };

        Assert.True(method.Serves("DE", "10115", "EUR"));
        Assert.False(method.Serves("DE", "20095", "EUR"));
        Assert.False(method.Serves("DE", null, "EUR"));
        Assert.False(method.Serves("FR", "10115", "EUR"));
        Assert.False(method.Serves("DE", "10115", "USD"));
    }

    [Fact]
    public void Postcodes_are_compared_without_spaces_and_dashes() => Assert.True(
        (Method(null, 100, 0) with { PostcodePrefixes = ["SW1A 1"] }).Serves("GB", "sw1a1aa", "EUR"));

    [Fact]
    public void Weight_is_paid_by_the_kilogram_that_has_begun_and_shared_by_what_lines_weigh()
    {
        // 2 × 600 g and 300 g are 1.5 kg: two kilograms. What has no weight counts as nothing.
        var quote = Of((Offer(1000, grams: 600), 2), (Offer(1000, grams: 300), 1), (Offer(1000), 1))
            .Priced(Rules([Method(null, 0, 0, perKg: 250)]));

        Assert.Equal([400, 100, 0], quote.Lines.Select(line => line.DeliveryMinor));
        Assert.Equal(0, Of((Offer(1000), 1)).Priced(Rules([Method(null, 0, 0, perKg: 250)])).Lines[0].DeliveryMinor);
    }

    [Fact]
    public void A_regions_rates_go_before_those_of_its_country()
    {
        var rules = new Souk.Carts.Domain.Rules(
            [Free],
            [
                new("ES", "", "standard", 21m), new("ES", "", "books", 4m),
                new("ES", "CANARIAS", "standard", 7m), new("ES", "NAVARRA", "books", 5m),
            ],
            [], pricesIncludeTax: false);

        Assert.Equal(21, rules.TaxPercent("ES", null, "toys"));
        Assert.Equal(4, rules.TaxPercent("ES", "Madrid", "books"));
        Assert.Equal(7, rules.TaxPercent("ES", "Canarias", "books"));
        Assert.Equal(5, rules.TaxPercent("ES", "Navarra", "books"));
        Assert.Equal(21, rules.TaxPercent("ES", "Navarra", "toys"));
        Assert.Equal(7, (Of((Offer(100), 1)) with { Contact = To("ES", region: "Canarias") }).Priced(rules).Lines[0].TaxMinor);
    }

    [Theory]
    [InlineData(true, 1190, 190)] // 1190 × 19 / 119
    [InlineData(false, 1416, 226)] // 1190 + 226.1
    public void Tax_is_contained_in_the_price_or_added_to_it(bool includeTax, long total, long tax)
    {
        var quote = Of((Offer(1190), 1)).Priced(Rules(taxes: [("DE", "standard", 19m)], includeTax: includeTax));

        Assert.Equal((total, tax), (quote.TotalMinor, quote.Lines[0].TaxMinor));
    }

    [Fact]
    public void Tax_is_rounded_half_away_from_zero_on_every_line()
    {
        // 5 % of 10 is 0.5.
        var quote = Of((Offer(10), 1), (Offer(10), 1), (Offer(9), 1)).Priced(Rules(taxes: [("DE", "standard", 5m)], includeTax: false));

        Assert.Equal([1, 1, 0], quote.Lines.Select(line => line.TaxMinor));
    }

    [Fact]
    public void A_category_without_a_rate_is_taxed_as_standard_and_a_country_without_rates_not_at_all()
    {
        var rules = Rules(taxes: [("DE", "standard", 19m), ("DE", "books", 7m)], includeTax: false);

        Assert.Equal(7, Of((Offer(100, tax: "books"), 1)).Priced(rules).Lines[0].TaxMinor);
        Assert.Equal(19, Of((Offer(100, tax: "toys"), 1)).Priced(rules).Lines[0].TaxMinor);
        Assert.Equal(0, (Of((Offer(100), 1)) with { Contact = To("US") }).Priced(rules).Lines[0].TaxMinor);
    }

    [Fact]
    public void Without_an_address_nothing_can_be_bought()
    {
        var quote = (Of((Offer(1000), 1)) with { Contact = null }).Priced(Rules());

        Assert.Equal("address_needed", quote.Problems.Single().Code);
        Assert.False(quote.CanBeBought);
    }

    [Fact]
    public void What_is_gone_or_of_another_currency_blocks_and_is_not_counted()
    {
        var (gone, foreign) = (Offer(1000, active: false), Offer(1000, currency: "JPY"));

        var quote = Of((Offer(700), 1), (gone, 1), (foreign, 1)).Priced(Rules());

        Assert.Equal(["not_available", "currency_mismatch"], quote.Problems.Select(problem => problem.Code));
        Assert.Equal(700, quote.TotalMinor);
        Assert.False(quote.CanBeBought);
    }

    [Fact]
    public void What_runs_out_or_changed_its_price_is_said_and_does_not_block()
    {
        var offer = Offer(1000, available: 1);
        var basket = Of() with { Lines = [new BasketLine(offer.Id, 2, 900, offer)] };

        var quote = basket.Priced(Rules());

        Assert.Equal(["price_changed", "out_of_stock"], quote.Problems.Select(problem => problem.Code));
        Assert.True(quote.CanBeBought);
    }

    [Fact]
    public void The_quote_is_the_same_for_the_same_and_another_for_anything_else()
    {
        var (lamp, book) = (Offer(1000), Offer(500, Ben));
        var basket = Of((lamp, 1), (book, 1));
        var rules = Rules([Method(null, 100, 0)], [("DE", "standard", 19m), ("FR", "standard", 19m)]);
        var id = basket.Priced(rules).Id;

        Assert.Equal(id, basket.Priced(Rules([rules.Methods(Ann, "DE", null, "EUR").Single()], [("DE", "standard", 19m)])).Id);
        string[] others =
        [
            Of((lamp, 2), (book, 1)).Priced(rules).Id,
            Of((lamp with { PriceMinor = 1001 }, 1), (book, 1)).Priced(rules).Id,
            Of((lamp with { Available = 0 }, 1), (book, 1)).Priced(rules).Id,
            (basket with { Contact = To("FR") }).Priced(rules).Id,
            (basket with { Coupons = ["NONE"] }).Priced(rules).Id,
            basket.With(Off(amount: 1, code: "ONE")).Priced(rules).Id,
            basket.Priced(Rules([Method(null, 100, 0)])).Id,
        ];
        Assert.Equal(others.Length + 1, others.Append(id).Distinct().Count());
    }
}
