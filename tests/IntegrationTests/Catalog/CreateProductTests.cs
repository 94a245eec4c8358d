using System.Net;
using System.Net.Http.Json;
using System.Text;
using Souk.Contracts.Catalog;

namespace Souk.IntegrationTests.Catalog;

public class CreateProductTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static object Price(long amount, string currency = "EUR") => new { amount, currency };

    [Fact]
    public async Task One_request_makes_product_variant_offer_and_first_stock()
    {
        var seller = await souk.Seller();

        var answer = await seller.Http.PostAsJsonAsync("/products", new { name = "Oak lamp", price = Price(4990), sku = "LAMP-1", stock = 12 }, Ct);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var product = await answer.Json();
        Assert.Equal($"/products/{product.Id("id")}", answer.Headers.Location?.ToString());
        Assert.Equal("published", product.Text("status"));
        Assert.Equal(4990, product.GetProperty("price").GetProperty("amount").GetInt64());
        Assert.Equal(12, product.GetProperty("stock").GetInt64());
        var offer = product.GetProperty("offers")[0];
        Assert.Equal("LAMP-1", offer.Text("sku"));
        Assert.True(offer.GetProperty("buyable").GetBoolean());

        var state = Assert.Single(await souk.Published<OfferChanged>(offer.Id("id")));
        Assert.True(state.Active);
        Assert.Equal((4990, 1, "Oak lamp"), (state.PriceMinor, state.Version, state.Title));
        var stocked = Assert.Single(await souk.Published<OfferStocked>(offer.Id("id")));
        Assert.Equal((12, seller.CompanyId), (stocked.Quantity, stocked.CompanyId));
        Assert.Equal("published", Assert.Single(await souk.Published<ProductChanged>(product.Id("id"))).Status);
    }

    [Fact]
    public async Task Variants_have_options_and_offers_of_their_own()
    {
        var seller = await souk.Seller();

        var answer = await seller.Http.PostAsJsonAsync("/products", new
        {
            name = "Shirt",
            options = new[] { "color", "size" },
            variants = new object[]
            {
                new { options = new { color = "red", size = "L" }, price = Price(2000), sku = "S-RED-L", weight_grams = 200 },
                new { options = new { color = "blue", size = "L" }, price = Price(1900), sku = "S-BLUE-L" },
                new { options = new { color = "blue", size = "M" } },
            },
        }, Ct);

        var product = await answer.Json();
        Assert.Equal(["red / L", "blue / L", "blue / M"], product.GetProperty("variants").EnumerateArray().Select(v => v.Text("title")));
        Assert.Equal(1900, product.GetProperty("price").GetProperty("amount").GetInt64());
        Assert.Equal(["Shirt, blue / L", "Shirt, red / L"], product.GetProperty("offers").EnumerateArray().Select(o => o.Text("title")));
    }

    [Fact]
    public async Task Two_variants_with_the_same_options_are_refused_and_nothing_is_made()
    {
        var seller = await souk.Seller();
        var red = new { options = new { color = "red" }, price = Price(2000) };

        await seller.Http.PostAsJsonAsync("/products", new { name = "Shirt", options = new[] { "color" }, variants = new[] { red, red } }, Ct)
            .Refuses(422, "variant_exists");

        Assert.Empty((await seller.Http.GetJson("/products?status=all")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task A_price_in_another_currency_is_refused()
    {
        var seller = await souk.Seller();

        await seller.Http.PostAsJsonAsync("/products", new { name = "Lamp", price = Price(100, "USD") }, Ct).Refuses(422, "currency_mismatch");
    }

    [Fact]
    public async Task Publishing_without_an_offer_is_refused()
    {
        var seller = await souk.Seller();

        await seller.Http.PostAsJsonAsync("/products", new { name = "Lamp", status = "published" }, Ct).Refuses(409, "offer_needed");
    }

    [Fact]
    public async Task A_sku_is_the_companys_only_once()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        await anna.Sells("Lamp", more: new { sku = "A-1" });

        await anna.Http.PostAsJsonAsync("/products", new { name = "Lamp", price = Price(100), sku = "A-1" }, Ct).Refuses(422, "sku_taken");
        await ben.Sells("Lamp", more: new { sku = "A-1" });
    }

    [Fact]
    public async Task Who_sells_in_several_shops_or_for_several_companies_is_asked_which()
    {
        var (two, other) = (await souk.Seller(shops: 2), await souk.Seller());

        await two.Http.PostAsJsonAsync("/products", new { name = "Lamp", price = Price(100) }, Ct).Refuses(422, "shop_required");
        var both = souk.SignedIn([], [two.CompanyId, other.CompanyId]);
        await both.PostAsJsonAsync("/products", new { name = "Lamp", price = Price(100) }, Ct).Refuses(422, "company_required");
        var answer = await both.PostAsJsonAsync("/products", new { name = "Lamp", price = Price(100), company_id = other.CompanyId }, Ct);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Fact]
    public async Task A_company_or_shop_that_is_not_the_callers_is_the_same_as_none()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        object Body(Guid? company, Guid? shop) => new { name = "Lamp", price = Price(100), company_id = company, shop_id = shop };

        await ben.Http.PostAsJsonAsync("/products", Body(anna.CompanyId, null), Ct).Refuses(422, "unknown_company");
        await ben.Http.PostAsJsonAsync("/products", Body(Guid.CreateVersion7(), null), Ct).Refuses(422, "unknown_company");
        await ben.Http.PostAsJsonAsync("/products", Body(null, anna.ShopIds[0]), Ct).Refuses(422, "unknown_shop");
        await ben.Http.PostAsJsonAsync("/products", Body(null, Guid.CreateVersion7()), Ct).Refuses(422, "unknown_shop");
    }

    [Fact]
    public async Task Guests_and_customers_make_no_products()
    {
        await souk.Client().PostAsJsonAsync("/products", new { name = "Lamp", price = Price(100) }, Ct).Refuses(401, "sign_in_required");
        await souk.SignedIn([], []).PostAsJsonAsync("/products", new { name = "Lamp", price = Price(100) }, Ct).Refuses(403, "forbidden");
    }

    [Theory]
    [InlineData("""{"name":"Lamp","price":{"amount":100,"currency":"EUR"},"colour":"red"}""")]
    [InlineData("""{"price":{"amount":100,"currency":"EUR"}}""")]
    [InlineData("""{"name":"Lamp","price":"100"}""")]
    [InlineData("""{"name":"Lamp","price":{"amount":-1,"currency":"EUR"}}""")]
    [InlineData("""{"name":" ","price":{"amount":100,"currency":"EUR"}}""")]
    [InlineData("""{"name":"Lamp","price":{"amount":100,"currency":"EUR"},"stock":-1}""")]
    [InlineData("""{"name":"Lamp","price":{"amount":100,"currency":"EUR"},"variants":[{"price":{"amount":100,"currency":"EUR"}}]}""")]
    [InlineData("""{"name":"Lamp","category_ids":["0198c5a0-0000-7000-8000-000000000001"]}""")]
    [InlineData("""{"name":"Lamp","attributes":{"nobody_knows":1}}""")]
    [InlineData("""{"name":"Lamp","sku":"X"}""")]
    public async Task A_wrong_body_changes_nothing(string body)
    {
        var seller = await souk.Seller();

        var answer = await seller.Http.PostAsync("/products", new StringContent(body, Encoding.UTF8, "application/json"), Ct);

        Assert.True((int)answer.StatusCode is 400 or 422, $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(Ct)}");
        Assert.Empty((await seller.Http.GetJson("/products?status=all")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task The_same_key_makes_one_product()
    {
        var seller = await souk.Seller();
        seller.Http.DefaultRequestHeaders.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        var body = new { name = "Lamp", price = Price(100), stock = 3 };

        var first = await (await seller.Http.PostAsJsonAsync("/products", body, Ct)).Content.ReadAsStringAsync(Ct);
        var again = await seller.Http.PostAsJsonAsync("/products", body, Ct);

        Assert.Equal(first, await again.Content.ReadAsStringAsync(Ct));
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Single((await seller.Http.GetJson("/products?status=all")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task A_seller_whose_company_was_founded_a_moment_ago_waits_for_its_event()
    {
        var (company, shop) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var early = souk.SignedIn([], [company]).PostAsJsonAsync("/products", new { name = "Lamp", price = Price(100) }, Ct);
        await Task.Delay(200, Ct);

        await souk.Company(company, "approved", 1);
        await souk.Shop(shop, company, "active", 1);

        Assert.Equal(HttpStatusCode.Created, (await early).StatusCode);
    }
}
