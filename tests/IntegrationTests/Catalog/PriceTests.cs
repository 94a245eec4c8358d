using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Catalog;

/// <summary>What an offer has cost, what a reduction is announced against, and which offer is the best.</summary>
public class PriceTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static object Price(long amount) => new { amount, currency = "EUR" };

    private static long? Prior(JsonElement shown) =>
        shown.GetProperty("prior_price") is { ValueKind: JsonValueKind.Object } money ? money.GetProperty("amount")
            .GetInt64() : null;

    private static async Task Becomes(Seller seller, Guid offerId, long amount, bool active = true) =>
        (await seller.Http.PutAsJsonAsync($"/offers/{offerId}", new { price = Price(amount), active }, Ct))
            .EnsureSuccessStatusCode();

    // Time goes by for this offer alone.
    private async Task Later(Sold product, int days)
    {
        await souk.Execute("update catalog.offer_prices set at = at - make_interval(days => $2) where offer_id = $1",
            product.OfferId, days);
        await souk.Execute("update catalog.offers set price_since = price_since - make_interval(days => $2) where id = $1",
            product.OfferId, days);
        await souk.Batch(db =>
        {
            db.Refresh([product.Id]);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_reduction_is_shown_against_the_lowest_price_of_the_30_days_before_it()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", price: 5000);
        await Later(product, days: 5);
        await Becomes(seller, product.OfferId, 7000);
        await Later(product, days: 40);
        await Becomes(seller, product.OfferId, 6500);
        Assert.Equal(7000, Prior(await souk.Client().GetJson($"/offers/{product.OfferId}")));

        await Later(product, days: 10);
        await Becomes(seller, product.OfferId, 9000);
        await Becomes(seller, product.OfferId, 6800);
        Assert.Null(Prior(await souk.Client().GetJson($"/offers/{product.OfferId}")));

        await Becomes(seller, product.OfferId, 6000);
        foreach (var shown in (JsonElement[])
            [
                await souk.Client().GetJson($"/offers/{product.OfferId}"), await souk.Client()
                    .GetJson($"/products/{product.Id}"),
                (await souk.Client().GetJson($"/products/{product.Id}")).GetProperty("offers")[0],
                (await souk.Client().GetJson($"/products?company_id={seller.CompanyId}")).GetProperty("data")[0],
            ])
            Assert.Equal((6000L, 6500L),
                (shown.GetProperty("price").GetProperty("amount").GetInt64(), Prior(shown)!.Value));
    }

    [Fact]
    public async Task A_reduction_is_news_for_30_days_and_a_rise_never()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", price: 5000);
        await Later(product, days: 31);
        await Becomes(seller, product.OfferId, 4000);
        Assert.Equal(5000, Prior(await souk.Client().GetJson($"/products/{product.Id}")));

        await Later(product, days: 31);
        Assert.Null(Prior(await souk.Client().GetJson($"/products/{product.Id}")));
        await Becomes(seller, product.OfferId, 4500);
        Assert.Null(Prior(await souk.Client().GetJson($"/products/{product.Id}")));
    }

    [Fact]
    public async Task A_price_that_was_hardly_asked_for_makes_no_reduction()
    {
        var seller = await souk.Seller();
        async Task<long?> Shown(Sold product) => Prior(await souk.Client().GetJson($"/offers/{product.OfferId}"));

        // Sold for the first time a moment ago, and of 29 days.
        var fresh = await seller.Sells("Fresh", price: 9900);
        await Becomes(seller, fresh.OfferId, 5000);
        Assert.Null(await Shown(fresh));
        await Later(fresh, days: 29);
        await Becomes(seller, fresh.OfferId, 4000);
        Assert.Null(await Shown(fresh));

        // Raised while nobody could buy it.
        var paused = await seller.Sells("Paused", price: 5000);
        await Later(paused, days: 60);
        await Becomes(seller, paused.OfferId, 5000, active: false);
        await Later(paused, days: 31);
        await Becomes(seller, paused.OfferId, 9900, active: false);
        await Later(paused, days: 31);
        await Becomes(seller, paused.OfferId, 9900);
        await Becomes(seller, paused.OfferId, 7000);
        Assert.Null(await Shown(paused));

        // Dear for as long as it was a draft.
        var draft = await seller.Sells("Draft", price: 9900, more: new { status = "draft" });
        await Later(draft, days: 60);
        (await seller.Http.PostAsync($"/products/{draft.Id}/publish", null, Ct)).EnsureSuccessStatusCode();
        await Becomes(seller, draft.OfferId, 5000);
        Assert.Null(await Shown(draft));
    }

    [Fact]
    public async Task A_pause_of_some_days_leaves_what_was_asked_before_it()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", price: 5000);
        await Later(product, days: 40);
        await Becomes(seller, product.OfferId, 5000, active: false);
        await Later(product, days: 3);
        await Becomes(seller, product.OfferId, 4000);

        Assert.Equal(5000, Prior(await souk.Client().GetJson($"/offers/{product.OfferId}")));
        var prices = (await seller.Http.GetJson($"/offers/{product.OfferId}/prices")).GetProperty("data");
        Assert.Equal(JsonValueKind.Null, prices[1].GetProperty("price").ValueKind);
    }

    [Fact]
    public async Task A_seller_sees_what_an_offer_has_cost_and_nobody_else_does()
    {
        var (seller, stranger) = (await souk.Seller(), await souk.Seller());
        var product = await seller.Sells("Lamp", price: 5000);
        await Becomes(seller, product.OfferId, 4000);
        await Becomes(seller, product.OfferId, 4000);

        var first = await seller.Http.GetJson($"/offers/{product.OfferId}/prices?limit=1");
        var second =
            await seller.Http.GetJson($"/offers/{product.OfferId}/prices?limit=1&cursor={first.Text("next_cursor")}");

        Assert.Equal((4000L, 5000L), (Amount(first), Amount(second)));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next_cursor").ValueKind);
        await stranger.Http.GetAsync($"/offers/{product.OfferId}/prices", Ct).Refuses(404, "not_found");
        await souk.Client().GetAsync($"/offers/{product.OfferId}/prices", Ct).Refuses(401, "sign_in_required");

        static long Amount(JsonElement page) => page.GetProperty("data")[0].GetProperty("price").GetProperty("amount")
            .GetInt64();
    }

    [Fact]
    public async Task Prices_of_long_ago_are_forgotten_but_for_the_one_that_held_on()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", price: 5000);
        await Later(product, days: 100);
        await Becomes(seller, product.OfferId, 4000);
        await Later(product, days: 500);
        await Becomes(seller, product.OfferId, 3000);

        await souk.Batch(db => new Souk.Catalog.Jobs.ForgetPrices(db).Run(Ct));

        var left = (await seller.Http.GetJson($"/offers/{product.OfferId}/prices")).GetProperty("data")
            .EnumerateArray();
        Assert.Equal([3000L, 4000L], left.Select(p => p.GetProperty("price").GetProperty("amount").GetInt64()));
    }

    [Fact]
    public async Task The_best_offer_is_in_stock_and_cheapest()
    {
        var (anna, ben, carl) = (await souk.Seller(), await souk.Seller(), await souk.Seller());
        var product = await anna.Sells("Lamp", price: 300, stock: 0);
        async Task<Guid> Offers(Seller seller, long price) =>
            (await (await seller.Http.PostAsJsonAsync($"/products/{product.Id}/offers",
                new { price = Price(price), stock = 5 }, Ct)).Json()).Id("id");
        async Task<Guid> Best() => (await souk.Client().GetJson($"/products/{product.Id}")).Id("best_offer_id");
        Assert.Equal(product.OfferId, await Best());

        var (dear, cheap) = (await Offers(carl, 500), await Offers(ben, 400));
        Assert.Equal(cheap, await Best());
        // Newer than what Inventory says of their first stock, whenever that arrives.
        await souk.Available((cheap, 0, 1000));
        Assert.Equal(dear, await Best());
        await souk.Available((product.OfferId, 1, 1000));
        Assert.Equal(product.OfferId, await Best());
    }
}
