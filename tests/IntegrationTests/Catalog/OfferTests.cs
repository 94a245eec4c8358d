using System.Net;
using System.Net.Http.Json;
using Souk.Contracts.Catalog;
using Souk.Contracts;

namespace Souk.IntegrationTests.Catalog;

public class OfferTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static object Price(long amount, string currency = "EUR") => new { amount, currency };

    [Fact]
    public async Task A_seller_changes_price_fee_and_switch()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");

        var answer = await seller.Http.PutAsJsonAsync($"/offers/{product.OfferId}",
            new { price = Price(4590), delivery_fee = Price(300), tax_category = "books", active = false }, Ct);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var state = (await souk.Published<OfferChanged>(product.OfferId))[^1];
        Assert.Equal((4590L, (long?)300, "books", false, 2L), (state.PriceMinor, state.DeliveryFeeMinor, state.TaxCategory, state.Active, state.Version));
        await souk.Client().GetAsync($"/offers/{product.OfferId}", Ct).Refuses(404, "not_found");
        Assert.False((await seller.Http.GetJson($"/offers/{product.OfferId}")).GetProperty("active").GetBoolean());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await souk.Client().GetJson($"/products/{product.Id}")).GetProperty("price").ValueKind);
    }

    [Fact]
    public async Task A_shop_offers_a_variant_once()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");

        await seller.Http.PostAsJsonAsync($"/products/{product.Id}/offers", new { price = Price(1) }, Ct).Refuses(409, "offer_exists");
    }

    [Fact]
    public async Task An_ended_offer_cannot_be_changed_and_its_sku_is_free()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", more: new { sku = "L-1" });

        Assert.Equal(HttpStatusCode.NoContent, (await seller.Http.DeleteAsync($"/offers/{product.OfferId}", Ct)).StatusCode);

        await seller.Http.DeleteAsync($"/offers/{product.OfferId}", Ct).Refuses(409, "offer_ended");
        await seller.Http.PutAsJsonAsync($"/offers/{product.OfferId}", new { price = Price(1) }, Ct).Refuses(409, "offer_ended");
        Assert.False((await souk.Published<OfferChanged>(product.OfferId))[^1].Active);
        Assert.Equal(HttpStatusCode.Created, (await seller.Http.PostAsJsonAsync($"/products/{product.Id}/offers", new { price = Price(1), sku = "L-1" }, Ct)).StatusCode);
    }

    [Fact]
    public async Task Offers_are_listed_cheapest_first_in_pages_and_sleeping_ones_to_their_seller_only()
    {
        var sellers = new List<Seller>();
        for (var i = 0; i < 4; i++)
            sellers.Add(await souk.Seller());
        var product = await sellers[0].Sells("Lamp", price: 400);
        for (var i = 1; i < 4; i++)
            (await sellers[i].Http.PostAsJsonAsync($"/products/{product.Id}/offers", new { price = Price(400 - (100 * i)), active = i != 3 }, Ct)).EnsureSuccessStatusCode();

        var (prices, path) = (new List<long>(), $"/products/{product.Id}/offers?limit=1");
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await souk.Client().GetJson(path + (cursor.Length > 0 ? "&cursor=" + cursor : ""));
            prices.AddRange(page.GetProperty("data").EnumerateArray().Select(o => o.GetProperty("price").GetProperty("amount").GetInt64()));
            cursor = page.GetProperty("next_cursor").GetString();
        }

        Assert.Equal([200, 300, 400], prices);
        Assert.Equal(4, (await sellers[3].Http.GetJson($"/products/{product.Id}/offers")).GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("{}", 400)]
    [InlineData("""{"price":{"amount":100,"currency":"USD"}}""", 422)]
    [InlineData("""{"price":{"amount":100,"currency":"EUR"},"delivery_fee":{"amount":-5,"currency":"EUR"}}""", 422)]
    [InlineData("""{"price":{"amount":1000000000001,"currency":"EUR"}}""", 422)]
    [InlineData("""{"price":100}""", 400)]
    [InlineData("""{"price":{"amount":100,"currency":"EUR"},"tax_category":"No Such!"}""", 422)]
    [InlineData("""{"price":{"amount":100,"currency":"EUR"},"shop":"x"}""", 400)]
    public async Task A_wrong_body_changes_nothing(string body, int status)
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");

        var answer = await seller.Http.PutAsync($"/offers/{product.OfferId}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Ct);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Single(await souk.Published<OfferChanged>(product.OfferId));
    }

    [Fact]
    public async Task Other_services_are_told_the_same_as_the_event_says()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");

        var catalog = souk.Api;
        var (byId, ofProduct) = (await catalog.Offers([product.OfferId, Guid.CreateVersion7()], Ct), await catalog.OffersOfProduct(product.Id, Ct));

        var published = System.Text.Json.JsonSerializer.Serialize<IEvent>((await souk.Published<OfferChanged>(product.OfferId))[^1]);
        Assert.Equal(published, System.Text.Json.JsonSerializer.Serialize<IEvent>(Assert.Single(byId)));
        Assert.Equal(product.OfferId, Assert.Single(ofProduct).OfferId);
        await souk.Company(seller.CompanyId, "suspended", 2);
        Assert.Empty(await catalog.OffersOfProduct(product.Id, Ct));
        Assert.False(Assert.Single(await catalog.Offers([product.OfferId], Ct)).Active);
    }

    [Fact]
    public async Task Products_that_are_due_are_announced_as_they_are()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");
        await souk.Batch(db =>
        {
            db.Run("insert into due_products values ($1)", product.Id);
            return Task.CompletedTask;
        });

        await Eventual.Eventually(async () =>
        {
            var states = await souk.Published<ProductChanged>(product.Id);
            Assert.Equal([1L, 1L], states.Select(state => state.Version));
            Assert.Equal(System.Text.Json.JsonSerializer.Serialize(states[0]), System.Text.Json.JsonSerializer.Serialize(states[1]));
            Assert.Equal([1L, 2L], (await souk.Published<OfferChanged>(product.OfferId)).Select(state => state.Version));
        });
    }

    [Fact]
    public async Task The_seeds_routes_take_decimals()
    {
        var seller = await souk.Seller();

        var made = await seller.Http.PostAsJsonAsync("/product", new { name = "Lamp", description = "Of oak.", price = 49.9, company_id = seller.CompanyId, stock = 2 }, Ct);
        var product = await made.Json();
        Assert.Equal(4990, product.GetProperty("price").GetProperty("amount").GetInt64());
        var changed = await (await seller.Http.PutAsJsonAsync($"/product/{product.Id("id")}", new { name = "Oak lamp", price = 45.01 }, Ct)).Json();
        Assert.Equal(("Oak lamp", 4501), (changed.Text("name"), changed.GetProperty("price").GetProperty("amount").GetInt64()));
        await seller.Http.PutAsJsonAsync($"/product/{product.Id("id")}", new { name = "Oak lamp", price = 45.001 }, Ct).Refuses(422, "wrong_price");
        await seller.Http.PostAsJsonAsync("/product", new { name = "Lamp", price = 1, company_id = Guid.CreateVersion7() }, Ct).Refuses(422, "unknown_company");
        Assert.Equal(HttpStatusCode.NoContent, (await seller.Http.DeleteAsync($"/product/{product.Id("id")}", Ct)).StatusCode);
    }
}
