using System.Net;
using System.Net.Http.Json;
using Souk.Contracts.Catalog;

namespace Souk.IntegrationTests.Catalog;

public class ChangeProductTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_keeper_changes_the_text_and_its_offers_are_announced_with_it()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");

        var answer = await seller.Http.PutAsJsonAsync($"/products/{product.Id}", new { name = "Oak lamp", description = "Of oak.", tags = new[] { "Oak", "light" } }, Ct);

        var changed = await answer.Json();
        Assert.Equal(("Oak lamp", "Of oak."), (changed.Text("name"), changed.Text("description")));
        Assert.Equal(["Oak", "light"], changed.GetProperty("tags").EnumerateArray().Select(t => t.GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal([1L, 2L], (await souk.Published<ProductChanged>(product.Id)).Select(e => e.Version));
        Assert.Equal([("Lamp", 1L), ("Oak lamp", 2L)], (await souk.Published<OfferChanged>(product.OfferId)).Select(e => (e.Title, e.Version)));
        Assert.Equal("Oak lamp", (await souk.Client().GetJson($"/products/{product.Id}")).Text("name"));
    }

    [Fact]
    public async Task A_stranger_changes_nothing_of_it()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        var product = await anna.Sells("Lamp");
        var price = new { amount = 1, currency = "EUR" };

        await ben.Http.PutAsJsonAsync($"/products/{product.Id}", new { name = "Mine" }, Ct).Refuses(404, "not_found");
        await ben.Http.DeleteAsync($"/products/{product.Id}", Ct).Refuses(404, "not_found");
        await ben.Http.PostAsync($"/products/{product.Id}/unpublish", null, Ct).Refuses(404, "not_found");
        await ben.Http.PostAsJsonAsync($"/products/{product.Id}/variants", new { }, Ct).Refuses(404, "not_found");
        await ben.Http.PutAsJsonAsync($"/offers/{product.OfferId}", new { price }, Ct).Refuses(404, "not_found");
        await ben.Http.DeleteAsync($"/offers/{product.OfferId}", Ct).Refuses(404, "not_found");
        await ben.Http.PutAsJsonAsync($"/product/{product.Id}", new { name = "Mine", price = 1 }, Ct).Refuses(404, "not_found");
        await ben.Http.PutAsJsonAsync($"/products/{product.Id}/boost", new { boost = 9000 }, Ct).Refuses(403, "forbidden");

        Assert.Single(await souk.Published<ProductChanged>(product.Id));
        Assert.Single(await souk.Published<OfferChanged>(product.OfferId));
    }

    [Fact]
    public async Task A_stale_tag_is_refused_and_the_tag_of_a_read_is_good()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");
        var tag = (await souk.Client().GetAsync($"/products/{product.Id}", Ct)).Headers.ETag!;

        async Task<HttpResponseMessage> Change(string name)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, $"/products/{product.Id}") { Content = JsonContent.Create(new { name }) };
            request.Headers.IfMatch.Add(tag);
            return await seller.Http.SendAsync(request, Ct);
        }

        var first = await Change("Oak lamp");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await Change("Elm lamp").Refuses(412, "stale");
        tag = first.Headers.ETag!;
        Assert.Equal(HttpStatusCode.OK, (await Change("Elm lamp")).StatusCode);
    }

    [Fact]
    public async Task A_product_goes_draft_published_draft_archived()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", more: new { status = "draft" });
        async Task<bool> Buyable() => (await souk.Published<OfferChanged>(product.OfferId))[^1].Active;
        Assert.False(await Buyable());

        Assert.Equal(HttpStatusCode.OK, (await seller.Http.PostAsync($"/products/{product.Id}/publish", null, Ct)).StatusCode);
        Assert.True(await Buyable());
        await seller.Http.PostAsync($"/products/{product.Id}/publish", null, Ct).Refuses(409, "product_move");
        Assert.Equal(HttpStatusCode.OK, (await seller.Http.PostAsync($"/products/{product.Id}/unpublish", null, Ct)).StatusCode);
        Assert.False(await Buyable());
        Assert.Equal(HttpStatusCode.NoContent, (await seller.Http.DeleteAsync($"/products/{product.Id}", Ct)).StatusCode);
        await seller.Http.DeleteAsync($"/products/{product.Id}", Ct).Refuses(409, "product_move");
        await souk.Client().GetAsync($"/products/{product.Id}", Ct).Refuses(404, "not_found");
        Assert.Equal("archived", (await seller.Http.GetJson($"/products/{product.Id}")).Text("status"));
    }

    [Fact]
    public async Task Staff_lifts_a_product()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");

        (await souk.Staff().PutAsJsonAsync($"/products/{product.Id}/boost", new { boost = 1234 }, Ct)).EnsureSuccessStatusCode();

        Assert.Equal(1234, (await souk.Client().GetJson($"/products/{product.Id}")).GetProperty("ranking").GetInt32());
    }

    [Fact]
    public async Task Variants_are_added_changed_and_removed_while_nobody_offered_them()
    {
        var seller = await souk.Seller();
        var price = new { amount = 100, currency = "EUR" };
        var made = await seller.Sells("Shirt", more: new
        {
            price = (object?)null, stock = (object?)null, options = new[] { "color" }, variants = new[] { new { options = new { color = "red" }, price } },
        });

        var blue = (await (await seller.Http.PostAsJsonAsync($"/products/{made.Id}/variants", new { options = new { color = "blue" } }, Ct)).Json()).Id("id");
        await seller.Http.PostAsJsonAsync($"/products/{made.Id}/variants", new { options = new { color = "blue" } }, Ct).Refuses(422, "variant_exists");
        await seller.Http.PostAsJsonAsync($"/products/{made.Id}/variants", new { options = new { size = "L" } }, Ct).Refuses(422, "wrong_options");
        await seller.Http.PostAsJsonAsync($"/products/{made.Id}/offers", new { price }, Ct).Refuses(422, "variant_required");
        (await seller.Http.PutAsJsonAsync($"/products/{made.Id}/variants/{blue}", new { options = new { color = "navy" }, weight_grams = 150 }, Ct)).EnsureSuccessStatusCode();
        var offer = await (await seller.Http.PostAsJsonAsync($"/products/{made.Id}/offers", new { price, variant_id = blue }, Ct)).Json();
        Assert.Equal("Shirt, navy", offer.Text("title"));
        Assert.Equal(150, (await souk.Published<OfferChanged>(offer.Id("id")))[^1].WeightGrams);

        await seller.Http.DeleteAsync($"/products/{made.Id}/variants/{blue}", Ct).Refuses(409, "variant_offered");
        var green = (await (await seller.Http.PostAsJsonAsync($"/products/{made.Id}/variants", new { options = new { color = "green" } }, Ct)).Json()).Id("id");
        Assert.Equal(HttpStatusCode.NoContent, (await seller.Http.DeleteAsync($"/products/{made.Id}/variants/{green}", Ct)).StatusCode);
        Assert.Equal(["red", "navy"], (await souk.Client().GetJson($"/products/{made.Id}")).GetProperty("variants").EnumerateArray().Select(v => v.Text("title")));
    }

    [Fact]
    public async Task Changes_of_sellers_are_on_record()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");
        (await seller.Http.PutAsJsonAsync($"/offers/{product.OfferId}", new { price = new { amount = 10, currency = "EUR" } }, Ct)).EnsureSuccessStatusCode();

        Assert.Equal(["product.create"], await souk.Audited(product.Id));
        Assert.Equal(["offer.change"], await souk.Audited(product.OfferId));
    }

    [Fact]
    public async Task Two_who_change_one_product_at_once_do_not_lose_a_change()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            seller.Http.PostAsJsonAsync($"/products/{product.Id}/offers", new { price = new { amount = 10 + i, currency = "EUR" } }, Ct)
                .ContinueWith(_ => seller.Http.PutAsJsonAsync($"/products/{product.Id}", new { name = $"Lamp {i}" }, Ct), Ct).Unwrap()));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(Enumerable.Range(1, 9).Select(v => (long)v), (await souk.Published<ProductChanged>(product.Id)).Select(e => e.Version));
        var offers = await souk.Published<OfferChanged>(product.OfferId);
        Assert.Equal(offers.Select(e => e.Version).Order(), offers.Select(e => e.Version));
        Assert.Equal((await souk.Published<ProductChanged>(product.Id))[^1].Name, offers[^1].Title);
    }
}
