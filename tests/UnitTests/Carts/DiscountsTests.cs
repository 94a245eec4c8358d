using Souk.Carts.Domain;
using static Souk.UnitTests.Carts.Baskets;

namespace Souk.UnitTests.Carts;

/// <summary>What promotions take off, of which lines, and who may use them.</summary>
public sealed class DiscountsTests
{
    private static readonly Guid Group = Guid.CreateVersion7();

    [Fact]
    public void An_amount_off_an_item_is_taken_off_each_piece_and_no_more_than_it_costs()
    {
        var promotion = Off(amount: 300, kind: PromotionKind.Item);

        var quote = Of((Offer(1000), 3), (Offer(200), 2)).Priced(Rules(automatic: [promotion]));

        Assert.Equal([900, 400], quote.Lines.Select(line => line.DiscountMinor));
    }

    [Fact]
    public void A_percentage_off_items_is_rounded_on_every_line()
    {
        // 10 % of 15 is 1.5 and of 14 is 1.4; of both together it would be 2.9.
        var quote = Of((Offer(15), 1), (Offer(14), 1)).Priced(Rules(automatic: [Off(percent: 10, kind: PromotionKind.Item)]));

        Assert.Equal([2, 1], quote.Lines.Select(line => line.DiscountMinor));
    }

    [Fact]
    public void Free_delivery_takes_the_delivery_off_and_the_tax_on_it()
    {
        var rules = Rules(
            [Method(null, 490, 10)], [("DE", "standard", 19m)], [Off(percent: 100, kind: PromotionKind.Delivery)], includeTax: false);

        var line = Of((Offer(1000), 2)).Priced(rules).Lines.Single();

        Assert.Equal((0, 510, 0, 2380), (line.DeliveryMinor, line.DeliveryDiscountMinor, line.DeliveryTaxMinor, line.TotalMinor));
        Assert.Equal(0, line.DiscountMinor);
    }

    [Fact]
    public void What_the_marketplace_pays_of_a_delivery_goes_to_the_seller_all_the_same()
    {
        var quote = Of((Offer(1000), 1)).Priced(
            Rules([Method(null, 490, 0)], automatic: [Off(amount: 300, kind: PromotionKind.Delivery, byMarketplace: true)]));

        var line = quote.Lines.Single();
        Assert.Equal((190, 0, 300), (line.DeliveryMinor, line.DiscountMinor, line.DiscountByMarketplaceMinor));
        Assert.Equal(1190, quote.TotalMinor);
    }

    [Fact]
    public void A_sellers_free_delivery_is_for_their_own_part()
    {
        var quote = Of((Offer(1000), 1), (Offer(1000, Ben), 1)).Priced(
            Rules([Method(null, 490, 0)], automatic: [Off(percent: 100, company: Ben, kind: PromotionKind.Delivery)]));

        Assert.Equal([490, 0], quote.Parts.Select(part => part.DeliveryMinor));
    }

    [Fact]
    public void A_delivery_coupon_is_no_problem_before_the_address_is_known()
    {
        var basket = Of((Offer(1000), 1)).With(Off(percent: 100, code: "FREE", kind: PromotionKind.Delivery)) with { Contact = null };

        Assert.Equal(["address_needed"], basket.Priced(Rules()).Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void Items_are_discounted_before_delivery_is_free_from_an_amount()
    {
        var rules = Rules(
            [Method(null, 490, 0, freeFrom: 1000)], automatic: [Off(percent: 10), Off(percent: 50, kind: PromotionKind.Delivery)]);

        Assert.Equal(900 + 245, Of((Offer(1000), 1)).Priced(rules).TotalMinor);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    public void Of_every_three_pieces_one_is_free(int pieces, int free) =>
        Assert.Equal(free * 1000, Of((Offer(1000), pieces)).Priced(Rules(automatic: [Gives(get: 1, buy: 2)])).Lines[0].DiscountMinor);

    [Fact]
    public void The_cheapest_pieces_are_given()
    {
        var quote = Of((Offer(900), 2), (Offer(500), 1), (Offer(700), 3)).Priced(Rules(automatic: [Gives(get: 1, buy: 2, percent: 50)]));

        Assert.Equal([0, 250, 350], quote.Lines.Select(line => line.DiscountMinor));
    }

    [Fact]
    public void Other_products_can_be_given_and_do_not_count_as_bought()
    {
        var (lamp, bulb) = (Offer(3000), Offer(400));
        var promotion = Gives(get: 2, buy: 1) with { GetProductIds = [bulb.ProductId] };

        Assert.Equal([0, 800], Of((lamp, 1), (bulb, 5)).Priced(Rules(automatic: [promotion])).Lines.Select(line => line.DiscountMinor));
        Assert.Equal(0, Of((bulb, 5)).Priced(Rules(automatic: [promotion])).Lines[0].DiscountMinor);
    }

    [Fact]
    public void Products_and_sellers_can_be_named()
    {
        var (lamp, rug, book) = (Offer(1000), Offer(1000, Ben), Offer(1000, Ben));
        var basket = Of((lamp, 1), (rug, 1), (book, 1));

        Assert.Equal([0, 100, 0], Discounts(Off(percent: 10) with { ProductIds = [rug.ProductId] }));
        Assert.Equal([0, 100, 100], Discounts(Off(percent: 10) with { SellerId = Ben }));

        long[] Discounts(Promotion promotion) => [.. basket.Priced(Rules(automatic: [promotion])).Lines.Select(line => line.DiscountMinor)];
    }

    [Fact]
    public void Those_of_higher_priority_come_first()
    {
        var (half, off) = (Off(percent: 50, code: "HALF"), Off(amount: 200, code: "OFF"));
        var basket = Of((Offer(1000), 1));

        Assert.Equal(300, basket.With(half, off).Priced(Rules()).TotalMinor);
        Assert.Equal(400, basket.With(half, off with { Priority = 1 }).Priced(Rules()).TotalMinor);
    }

    [Fact]
    public void An_exclusive_promotion_is_alone_on_its_items_and_leaves_others_to_others()
    {
        var own = Off(percent: 30, company: Ben) with { Exclusive = true, Priority = 5 };

        var quote = Of((Offer(1000), 1), (Offer(1000, Ben), 1)).With(Off(percent: 10, code: "TEN")).Priced(Rules(automatic: [own]));

        Assert.Equal([100, 300], quote.Lines.Select(line => line.DiscountMinor));
    }

    [Fact]
    public void An_exclusive_coupon_gives_way_to_what_applied_before_it_and_says_so()
    {
        var coupon = Off(percent: 30, code: "ALONE") with { Exclusive = true };

        var quote = Of((Offer(1000), 1)).With(coupon).Priced(Rules(automatic: [Off(percent: 10)]));

        Assert.Equal(900, quote.TotalMinor);
        var problem = quote.Problems.Single();
        Assert.Equal(("ALONE", "It cannot be combined with what applies already."), (problem.Coupon, problem.Detail));
    }

    [Fact]
    public void Who_has_used_it_up_is_not_in_its_group_or_has_ordered_before_gets_nothing()
    {
        var promotion = Off(percent: 10, code: "MINE") with { UsesPerCustomerMax = 2, CustomerGroupId = Group, FirstOrder = true };
        var basket = Of((Offer(1000), 1)) with { Coupons = ["MINE"], AccountId = Ann };

        Assert.Equal(900, Total(basket, new AskedPromotion(promotion, UsedByCustomer: 1)));
        Assert.Equal(1000, Total(basket, new AskedPromotion(promotion, UsedByCustomer: 2)));
        Assert.Equal(1000, Total(basket, new AskedPromotion(promotion, IsInGroup: false)));
        Assert.Equal(1000, Total(basket, new AskedPromotion(promotion, HasOrdered: true)));
        Assert.Equal(1000, Total(basket, new AskedPromotion(promotion, CodeIsUsed: true)));
        Assert.Equal(1000, Total(basket with { AccountId = null }, new AskedPromotion(promotion)));

        static long Total(Basket basket, AskedPromotion asked) => (basket with { Asked = [asked] }).Priced(Rules()).TotalMinor;
    }

    [Fact]
    public void One_without_a_code_that_is_limited_applies_only_as_the_database_says()
    {
        var promotion = Off(percent: 10, usesMax: 5);
        var basket = Of((Offer(1000), 1));
        var rules = Rules(automatic: [promotion]);

        Assert.Equal([promotion.Id], rules.Dependent(basket.Lines));
        Assert.Equal(900, (basket with { Asked = [new AskedPromotion(promotion, Used: 4)] }).Priced(rules).TotalMinor);
        Assert.Equal(1000, (basket with { Asked = [new AskedPromotion(promotion, Used: 5)] }).Priced(rules).TotalMinor);
        Assert.Equal(1000, basket.Priced(rules).TotalMinor);
        Assert.Empty(Rules(automatic: [Off(percent: 10)]).Dependent(basket.Lines));
    }

    [Fact]
    public void Two_codes_of_one_promotion_count_once()
    {
        var promotion = Off(percent: 10) with { HasUniqueCodes = true };
        var basket = Of((Offer(1000), 1)).With(promotion with { Code = "A" }, promotion with { Code = "B" });

        var quote = basket.Priced(Rules());

        Assert.Equal(900, quote.TotalMinor);
        Assert.Equal("B", quote.Problems.Single().Coupon);
    }
}
