using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Catalog;

public class ListProductsTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static IEnumerable<string> Names(JsonElement page) => page.GetProperty("data").EnumerateArray().Select(p => p.Text("name"));

    private async Task<Guid> Category(string name, Guid? parent = null)
    {
        var answer = await souk.Staff().PostAsJsonAsync("/categories", new { name, parent_id = parent }, Ct);
        return (await answer.Json()).Id("id");
    }

    [Fact]
    public async Task A_category_holds_what_is_below_it()
    {
        var seller = await souk.Seller();
        var home = await Category("Home");
        var lamps = await Category("Lamps", home);
        var desk = await Category("Desk lamps", lamps);
        await seller.Sells("Deep", more: new { category_ids = new[] { desk } });
        await seller.Sells("Middle", more: new { category_ids = new[] { lamps } });
        await seller.Sells("Elsewhere");

        Assert.Equal(["Deep", "Middle"], Names(await souk.Client().GetJson($"/products?category_id={home}&sort=name")));
        Assert.Equal(["Deep"], Names(await souk.Client().GetJson($"/products?category_id={desk}")));
    }

    [Fact]
    public async Task A_moved_category_takes_its_products_along_and_a_used_one_stays()
    {
        var seller = await souk.Seller();
        var (home, garden) = (await Category("Home"), await Category("Garden"));
        var lamps = await Category("Lamps", home);
        var product = await seller.Sells("Lamp", more: new { category_ids = new[] { lamps } });
        var staff = souk.Staff();

        (await staff.PutAsJsonAsync($"/categories/{lamps}", new { name = "Lamps", parent_id = garden }, Ct)).EnsureSuccessStatusCode();

        Assert.Empty(Names(await souk.Client().GetJson($"/products?category_id={home}")));
        Assert.Equal(["Lamp"], Names(await souk.Client().GetJson($"/products?category_id={garden}")));
        Assert.Equal(new[] { garden, lamps }.Order(), (await souk.Published<Contracts.Catalog.OfferChanged>(product.OfferId))[^1].CategoryIds.Order());
        await staff.DeleteAsync($"/categories/{lamps}", Ct).Refuses(409, "category_used");
        await staff.PutAsJsonAsync($"/categories/{garden}", new { name = "Garden", parent_id = lamps }, Ct).Refuses(422, "category_cycle");
        await seller.Http.PostAsJsonAsync("/categories", new { name = "Mine" }, Ct).Refuses(403, "forbidden");
    }

    [Theory]
    [InlineData("price", new[] { "A", "B", "C", "D", "E", "F", "G" })]
    [InlineData("-price", new[] { "G", "F", "E", "D", "C", "B", "A" })]
    [InlineData("name", new[] { "A", "B", "C", "D", "E", "F", "G" })]
    [InlineData("-created_at", new[] { "G", "F", "E", "D", "C", "B", "A" })]
    public async Task Pages_of_every_order_hold_everything_once(string sort, string[] expected)
    {
        var seller = await souk.Seller();
        for (var i = 0; i < 7; i++)
            await seller.Sells(((char)('A' + i)).ToString(), price: 100 + (i / 2));

        var (names, cursor) = (new List<string>(), (string?)"");
        while (cursor is not null)
        {
            var page = await souk.Client().GetJson($"/products?company_id={seller.CompanyId}&sort={sort}&limit=2" + (cursor.Length > 0 ? $"&cursor={cursor}" : ""));
            names.AddRange(Names(page));
            cursor = page.GetProperty("next_cursor").GetString();
        }

        Assert.Equal(expected, names);
    }

    [Fact]
    public async Task Sales_lift_a_product_in_the_ranking()
    {
        var seller = await souk.Seller();
        await seller.Sells("First");
        var sold = await seller.Sells("Sold");
        await souk.Sold(sold.Id, pieces: 3);
        await souk.Batch(db => new Souk.Catalog.Jobs.RankProducts(db).Run(Ct));

        await Eventual.Eventually(async () =>
            Assert.Equal(["Sold", "First"], Names(await souk.Client().GetJson($"/products?company_id={seller.CompanyId}"))));
        Assert.Equal(1386, (await souk.Client().GetJson($"/products/{sold.Id}")).GetProperty("ranking").GetInt32());
    }

    [Fact]
    public async Task Filters_are_joined()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        var lamps = await Category("Lamps");
        var tag = "t" + Guid.CreateVersion7().ToString("N");
        await anna.Sells("Oak lamp", price: 100, more: new { category_ids = new[] { lamps }, tags = new[] { tag } });
        await anna.Sells("Oak table", price: 900);
        await ben.Sells("Oak lamp two", price: 200, more: new { category_ids = new[] { lamps } });
        var guest = souk.Client();

        Assert.Equal(["Oak lamp"], Names(await guest.GetJson($"/products?category_id={lamps}&company_id={anna.CompanyId}")));
        Assert.Equal(["Oak lamp"], Names(await guest.GetJson($"/products?tag={tag}")));
        Assert.Empty(Names(await guest.GetJson($"/products?tag={tag}&company_id={ben.CompanyId}")));
        Assert.Equal(["Oak lamp two"], Names(await guest.GetJson($"/products?category_id={lamps}&price_min=150&price_max=200")));
        Assert.Equal(["Oak table"], Names(await guest.GetJson($"/products?shop_id={anna.ShopIds[0]}&q=oak%20t")));
        Assert.Empty(Names(await guest.GetJson("/products?tag=nobody-has-it")));
    }

    [Fact]
    public async Task Names_begin_with_a_text_in_any_case_and_script()
    {
        var seller = await souk.Seller();
        await seller.Sells("ÉPÉE d'Ardenne");
        await seller.Sells("100%_wool");
        var list = $"/products?company_id={seller.CompanyId}&q=";

        Assert.Equal(["ÉPÉE d'Ardenne"], Names(await souk.Client().GetJson(list + Uri.EscapeDataString("épée D"))));
        Assert.Equal(["100%_wool"], Names(await souk.Client().GetJson(list + Uri.EscapeDataString("100%_"))));
        Assert.Empty(Names(await souk.Client().GetJson(list + Uri.EscapeDataString("%"))));
    }

    [Fact]
    public async Task Only_what_can_be_bought_is_listed_and_a_change_shows_at_once()
    {
        var seller = await souk.Seller();
        var list = $"/products?company_id={seller.CompanyId}";
        var product = await seller.Sells("Lamp");
        var draft = await seller.Sells("Draft", more: new { status = "draft" });
        Assert.Equal(["Lamp"], Names(await souk.Client().GetJson(list)));

        (await seller.Http.PostAsync($"/products/{draft.Id}/publish", null, Ct)).EnsureSuccessStatusCode();
        (await seller.Http.DeleteAsync($"/offers/{product.OfferId}", Ct)).EnsureSuccessStatusCode();

        Assert.Equal(["Draft"], Names(await souk.Client().GetJson(list)));
        await souk.Company(seller.CompanyId, "suspended", 2);
        Assert.Empty(Names(await souk.Client().GetJson(list)));
    }

    [Fact]
    public async Task Sellers_list_their_own_in_every_state_and_nobody_elses()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        await anna.Sells("Lamp");
        await anna.Sells("Draft", more: new { status = "draft" });

        Assert.Equal(["Draft", "Lamp"], Names(await anna.Http.GetJson("/products?status=all&sort=name")));
        Assert.Equal(["Draft"], Names(await anna.Http.GetJson("/products?status=draft")));
        Assert.Empty(Names(await ben.Http.GetJson($"/products?status=all&company_id={anna.CompanyId}")));
        Assert.Contains("Draft", Names(await souk.Staff().GetJson($"/products?status=all&company_id={anna.CompanyId}")));
        await souk.Client().GetAsync("/products?status=draft", Ct).Refuses(403, "forbidden");
    }

    [Fact]
    public async Task Cursors_of_other_lists_and_wrong_filters_are_refused()
    {
        var seller = await souk.Seller();
        await seller.Sells("A");
        await seller.Sells("B");
        var guest = souk.Client();
        var cursor = (await guest.GetJson($"/products?company_id={seller.CompanyId}&limit=1")).Text("next_cursor");

        await guest.GetAsync($"/products?limit=1&cursor={cursor}", Ct).Refuses(400, "invalid_cursor");
        await guest.GetAsync("/products?sort=color", Ct).Refuses(400, "unknown_sort");
        await guest.GetAsync("/products?limit=0", Ct).Refuses(400, "limit_out_of_range");
        Assert.Equal(400, (int)(await guest.GetAsync("/products?category_id=lamps", Ct)).StatusCode);
        Assert.True((int)(await guest.GetAsync("/products?status=lost", Ct)).StatusCode is 400 or 422);
    }

    [Fact]
    public async Task A_list_has_a_tag_that_answers_304()
    {
        var seller = await souk.Seller();
        await seller.Sells("A");
        var guest = souk.Client();
        var list = $"/products?company_id={seller.CompanyId}";
        guest.DefaultRequestHeaders.IfNoneMatch.Add((await guest.GetAsync(list, Ct)).Headers.ETag!);

        Assert.Equal(304, (int)(await guest.GetAsync(list, Ct)).StatusCode);
    }
}
