using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Catalog;

/// <summary>Lists filtered by what products state, and variants that differ in it.</summary>
public class FacetTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static IEnumerable<string> Names(JsonElement page) => page.GetProperty("data").EnumerateArray()
        .Select(p => p.Text("name"));

    private async Task<string> Attribute(string type, string[]? choices = null)
    {
        var code = $"{type}_{Guid.CreateVersion7().ToString("N")[^10..]}";
        var made = await souk.Staff().PostAsJsonAsync("/attributes", new { code, name = code, type, choices }, Ct);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(Ct));
        return code;
    }

    private static object States(params (string Code, object Value)[] attributes) =>
        new { attributes = attributes.ToDictionary(a => a.Code, a => a.Value) };

    [Fact]
    public async Task Products_are_found_by_what_they_state()
    {
        var (seller, other) = (await souk.Seller(), await souk.Seller());
        var color = await Attribute("choice", ["red", "dark, blue"]);
        var (power, dimmable) = (await Attribute("number"), await Attribute("boolean"));
        await seller.Sells("A", more: States((color, "red"), (power, 40), (dimmable, true)));
        await seller.Sells("B", more: States((color, "dark, blue"), (power, 60.5)));
        await seller.Sells("C", more: States((power, 100), (dimmable, false)));
        await seller.Sells("D");
        await other.Sells("Other", more: States((color, "red"), (power, 40)));
        var guest = souk.Client();
        async Task<string> Found(string filter, string also = "") =>
            string.Concat(Names(await guest.GetJson($"/products?company_id={seller.CompanyId}&sort=name&{filter}{also}")));

        Assert.Equal("A", await Found($"attr[{color}]=red"));
        Assert.Equal("B", await Found($"attr[{color}]=dark\\, blue"));
        Assert.Equal("AB", await Found($"attr[{color}]=red,dark\\, blue"));
        Assert.Equal("AB", await Found($"attr[{power}]=40..60.5"));
        Assert.Equal("BC", await Found($"attr[{power}]=60..", "&price_min=1"));
        Assert.Equal("", await Found($"attr[{power}]=60..", "&price_min=999999"));
        Assert.Equal("A", await Found($"attr[{power}]=..40"));
        Assert.Equal("C", await Found($"attr[{power}]=100&attr[{dimmable}]=false"));
        Assert.Equal("", await Found($"attr[{color}]=red&attr[{power}]=100"));
        Assert.Equal(["A", "Other"], Names(await guest.GetJson($"/products?attr[{color}]=red&sort=name")));
    }

    [Fact]
    public async Task What_a_product_no_longer_states_or_sells_finds_it_no_more()
    {
        var seller = await souk.Seller();
        var (color, power) = (await Attribute("text"), await Attribute("number"));
        var product = await seller.Sells("Lamp", more: States((color, "red"), (power, 40)));
        var list = $"/products?attr[{color}]=red";

        var change = new { name = "Lamp", attributes = new Dictionary<string, object> { [color] = "blue" } };
        (await seller.Http.PutAsJsonAsync($"/products/{product.Id}", change, Ct)).EnsureSuccessStatusCode();
        Assert.Empty(Names(await souk.Client().GetJson(list)));
        Assert.Empty(Names(await souk.Client().GetJson($"/products?attr[{power}]=40")));
        Assert.Equal(["Lamp"], Names(await souk.Client().GetJson($"/products?attr[{color}]=blue")));

        (await seller.Http.DeleteAsync($"/offers/{product.OfferId}", Ct)).EnsureSuccessStatusCode();
        Assert.Empty(Names(await souk.Client().GetJson($"/products?attr[{color}]=blue")));
        Assert.Equal(["Lamp"], Names(await seller.Http.GetJson($"/products?status=all&attr[{color}]=blue")));
    }

    [Fact]
    public async Task Variants_differ_in_attributes_and_their_product_is_found_by_those_on_sale()
    {
        var seller = await souk.Seller();
        var (color, size) = (await Attribute("choice", ["red", "blue", "green"]), await Attribute("number"));
        var price = new { amount = 100, currency = "EUR" };
        Dictionary<string, string> Of(string one, string two) => new() { [color] = one, [size] = two };
        var more = new
        {
            price = (object?)null, stock = (object?)null, options = new[] { color, size },
            variants = new object[]
            {
                new { options = Of("red", "38"), price }, new { options = Of("blue", "40.5"), price },
                new { options = Of("green", "44") },
            },
        };
        var shoe = await seller.Sells("Shoe", more: more);
        var guest = souk.Client();

        Assert.Equal(["Shoe"], Names(await guest.GetJson($"/products?attr[{color}]=blue")));
        Assert.Equal(["Shoe"], Names(await guest.GetJson($"/products?attr[{size}]=40..41")));
        Assert.Empty(Names(await guest.GetJson($"/products?attr[{color}]=green")));
        await seller.Http.PostAsJsonAsync($"/products/{shoe.Id}/variants", new { options = Of("pink", "38") }, Ct)
            .Refuses(422, "wrong_options");
        await seller.Http.PostAsJsonAsync($"/products/{shoe.Id}/variants", new { options = Of("red", "large") }, Ct)
            .Refuses(422, "wrong_options");

        var attributes = (await souk.Client().GetJson("/attributes?limit=100")).GetProperty("data").EnumerateArray();
        var id = attributes.Single(a => a.Text("code") == color).Id("id");
        await souk.Staff().DeleteAsync($"/attributes/{id}", Ct).Refuses(409, "attribute_used");
    }

    [Fact]
    public async Task Pages_of_what_is_rare_hold_everything_once()
    {
        var (seller, code) = (await souk.Seller(), await Attribute("boolean"));
        for (var i = 0; i < 5; i++)
            await seller.Sells(((char)('A' + i)).ToString(), price: 500 - i, more: States((code, true)));

        var (names, cursor) = (new List<string>(), (string?)"");
        while (cursor is not null)
        {
            var after = cursor.Length > 0 ? $"&cursor={cursor}" : "";
            var page = await souk.Client().GetJson($"/products?attr[{code}]=true&sort=price&limit=2{after}");
            names.AddRange(Names(page));
            cursor = page.GetProperty("next_cursor").GetString();
        }

        Assert.Equal(["E", "D", "C", "B", "A"], names);
    }

    [Fact]
    public async Task Filters_that_mean_nothing_are_refused_with_what_would()
    {
        var (color, power) = (await Attribute("choice", ["red"]), await Attribute("number"));
        var guest = souk.Client();

        await guest.GetAsync("/products?attr[no_such]=red", Ct).Refuses(422, "unknown_attribute");
        await guest.GetAsync("/products?attr[]=red", Ct).Refuses(422, "unknown_attribute");
        await guest.GetAsync($"/products?attr[{color}]=pink", Ct).Refuses(422, "wrong_attribute");
        await guest.GetAsync($"/products?attr[{color}]=", Ct).Refuses(422, "wrong_attribute");
        await guest.GetAsync($"/products?attr[{power}]=much", Ct).Refuses(422, "wrong_attribute");
        await guest.GetAsync($"/products?attr[{power}]=..", Ct).Refuses(422, "wrong_attribute");
        var eleven = string.Join('&', Enumerable.Range(0, 11).Select(i => $"attr[a{i}]=1"));
        await guest.GetAsync($"/products?{eleven}", Ct).Refuses(422, "too_many");
        await guest.GetAsync($"/products?attr[{power}]=-5..1e", Ct).Refuses(422, "wrong_attribute");
        Assert.Equal(HttpStatusCode.OK, (await guest.GetAsync($"/products?attr[{power}]=-5..1", Ct)).StatusCode);
    }
}
