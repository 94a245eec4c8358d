using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Souk.IntegrationTests.Catalog;

/// <summary>Files of products, in and out.</summary>
public class ImportTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static StringContent Csv(string text) => new(text, Encoding.UTF8, "text/csv");

    private static async Task<JsonElement> Imported(HttpClient http, string csv, string query = "")
    {
        var sent = await http.PostAsync("/products/import" + query, Csv(csv), Ct);
        Assert.True(sent.StatusCode == HttpStatusCode.Accepted, await sent.Content.ReadAsStringAsync(Ct));
        var location = sent.Headers.Location!.ToString();
        JsonElement import = default;
        await Eventual.Eventually(async () =>
        {
            import = await http.GetJson(location);
            Assert.Equal("done", import.Text("status"));
        });
        return import;
    }

    private static (int Created, int Changed, int Failed) Came(JsonElement import) =>
        (import.GetProperty("created").GetInt32(), import.GetProperty("changed").GetInt32(),
            import.GetProperty("failed").GetInt32());

    private static async Task<List<(int Row, string Column, string Code)>> Errors(HttpClient http, JsonElement import)
    {
        var page = await http.GetJson($"/products/imports/{import.Id("id")}/errors?limit=100");
        return [.. page.GetProperty("data").EnumerateArray()
            .Select(e => (e.GetProperty("row").GetInt32(), e.Text("column"), e.Text("code")))];
    }

    [Fact]
    public async Task Products_come_from_a_file_and_go_back_into_it()
    {
        var (seller, staff) = (await souk.Seller(), souk.Staff());
        var tail = Guid.CreateVersion7().ToString("N")[^10..];
        var (power, category) = ($"power_{tail}", $"lamps-{tail}");
        (await staff.PostAsJsonAsync("/attributes", new { code = power, name = "Power", type = "number" }, Ct))
            .EnsureSuccessStatusCode();
        (await staff.PostAsJsonAsync("/categories", new { name = "Lamps", slug = category }, Ct))
            .EnsureSuccessStatusCode();
        var csv = $""""
            sku,slug,name,description,categories,tags,options,price,stock,attr.{power}
            L-{tail},lamp-{tail},"=cmd, the ""lamp""","Two
            lines",{category},beech|pale,,49.90,12,60.5
            S-{tail},shirt-{tail},Shirt,,,,color=red|size=L,20,3,
            M-{tail},shirt-{tail},Shirt,,,,color=red|size=M,21.00,,
            """";

        var import = await Imported(seller.Http, csv);

        Assert.Equal((2, 0, 0), Came(import));
        var list = (await seller.Http.GetJson("/products?status=all&sort=name")).GetProperty("data");
        Assert.Equal(["=cmd, the \"lamp\"", "Shirt"], list.EnumerateArray().Select(p => p.Text("name")));
        var lamp = await souk.Client().GetJson($"/products/{list[0].Id("id")}");
        Assert.Equal((4990, 12, 60.5),
            (lamp.GetProperty("price").GetProperty("amount").GetInt32(), lamp.GetProperty("stock").GetInt32(),
            lamp.GetProperty("attributes").GetProperty(power).GetDouble()));
        Assert.Equal(2, (await souk.Client().GetJson($"/products/{list[1].Id("id")}")).GetProperty("variants")
            .GetArrayLength());

        var exported = await seller.Http.GetStringAsync("/products/export", Ct);
        Assert.Contains("\"'=cmd, the \"\"lamp\"\"\"", exported, StringComparison.Ordinal);
        Assert.Equal((0, 2, 0), Came(await Imported(seller.Http, exported)));
        Assert.Equal(exported, await seller.Http.GetStringAsync("/products/export", Ct));
        Assert.Equal("=cmd, the \"lamp\"", (await souk.Client().GetJson($"/products/{list[0].Id("id")}")).Text("name"));
    }

    [Fact]
    public async Task A_file_of_prices_changes_prices_only()
    {
        var seller = await souk.Seller();
        var lamp = await seller.Sells("Lamp", price: 5000,
            more: new { sku = "P-1", description = "Of oak.", tags = new[] { "beech" } });

        Assert.Equal((0, 1, 0), Came(await Imported(seller.Http, "sku;price;active\nP-1;45.50;false\n")));

        var product = await seller.Http.GetJson($"/products/{lamp.Id}");
        var offer = await seller.Http.GetJson($"/offers/{lamp.OfferId}");
        Assert.Equal(("Lamp", "Of oak.", 4550L, false), (product.Text("name"), product.Text("description"),
            offer.GetProperty("price").GetProperty("amount").GetInt64(), offer.GetProperty("active").GetBoolean()));
        Assert.Contains("offer.change", await souk.Audited(lamp.OfferId));
    }

    [Fact]
    public async Task The_number_of_a_card_is_refused_in_every_cell_of_new_and_of_known_rows()
    {
        var seller = await souk.Seller();
        const string Card = "4111111111111111";
        Assert.Equal((1, 0, 0), Came(await Imported(
            seller.Http, "sku,slug,name,options,price\nC-1,carded,Shirt,color=red,20\n")));

        foreach (var (column, cell) in new[]
        {
            ("name", Card), ("description", $"Call {Card}"), ("tags", $"new|{Card}"), ("options", $"color={Card}"),
            ("options", $"{Card}=red"), ("tax_category", Card),
        })
            foreach (var sku in new[] { "C-1", "C-2" })
            {
                var known = column == "name" ? "" : ",name";
                var csv = $"sku,price{known},{column}\n{sku},20{(known.Length > 0 ? ",Shirt" : "")},{cell}\n";
                var import = await Imported(seller.Http, csv);
                Assert.Equal([(2, column, "card_number")], await Errors(seller.Http, import));
            }
        Assert.DoesNotContain(Card, await seller.Http.GetStringAsync("/products/export", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_rows_are_named_and_the_others_are_taken()
    {
        var (seller, other) = (await souk.Seller(), await souk.Seller());
        var taken = "taken-" + Guid.CreateVersion7().ToString("N")[^10..];
        await other.Sells("Lamp", more: new { slug = taken });
        var csv = $"""
            sku,slug,name,price,status,categories,weight_grams
            A,,Good,10,,,
            B,,No price,,,,
            C,,Wrong price,10.999,,,
            ,,No SKU,10,,,
            D,,Wrong weight,10,,,heavy
            E,,Nowhere,10,,no-such-category,
            F,{taken},Taken,10,,,
            G,,Lost,10,gone,,
            H,,Also good,10,draft,,
            """;

        var import = await Imported(seller.Http, csv);

        Assert.Equal((2, 0, 7), Came(import));
        Assert.Equal(
            [(3, "price", "required"), (4, "price", "wrong_price"), (5, "sku", "required"),
                (6, "weight_grams", "wrong_type"),
             (7, "categories", "unknown_category"), (8, "slug", "slug_taken"), (9, "status", "unknown_value")],
            await Errors(seller.Http, import));
        var made = (await seller.Http.GetJson("/products?status=all&sort=name")).GetProperty("data").EnumerateArray()
            .Select(p => p.Text("name"));
        Assert.Equal(["Also good", "Good"], made);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_come_and_keeps_nothing()
    {
        var seller = await souk.Seller();

        var import = await Imported(seller.Http, "sku,name,price\nA,Lamp,10\nB,Lamp,x\n", "?dry_run=true");

        Assert.Equal((1, 0, 1), Came(import));
        Assert.Equal([(3, "price", "wrong_price")], await Errors(seller.Http, import));
        Assert.Equal(0, (await seller.Http.GetJson("/products?status=all")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_retry_imports_once_and_strangers_see_nothing_of_it()
    {
        var (seller, stranger) = (await souk.Seller(), await souk.Seller());
        async Task<HttpResponseMessage> Send()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post,
                "/products/import") { Content = Csv("sku,name,price\nA,Lamp,10\n") };
            request.Headers.Add("Idempotency-Key", "import-" + seller.CompanyId);
            return await seller.Http.SendAsync(request, Ct);
        }

        var (first, second) = (await (await Send()).Json(), await (await Send()).Json());

        Assert.Equal(first.Id("id"), second.Id("id"));
        var import = $"/products/imports/{first.Id("id")}";
        await stranger.Http.GetAsync(import, Ct).Refuses(404, "not_found");
        await stranger.Http.GetAsync(import + "/errors", Ct).Refuses(404, "not_found");
        await stranger.Http.DeleteAsync(import, Ct).Refuses(404, "not_found");
        Assert.Equal(0, (await stranger.Http.GetJson("/products/imports")).GetProperty("data").GetArrayLength());
        Assert.Equal(1, (await seller.Http.GetJson("/products/imports")).GetProperty("data").GetArrayLength());
        await stranger.Http.GetAsync($"/products/export?company_id={seller.CompanyId}", Ct)
            .Refuses(422, "unknown_company");
        await Eventual.Eventually(async () => Assert.Equal("done", (await seller.Http.GetJson(import)).Text("status")));
        await seller.Http.DeleteAsync(import, Ct).Refuses(409, "import_ended");
    }

    [Fact]
    public async Task A_cancelled_import_goes_no_further_and_another_waits_for_the_first()
    {
        var seller = await souk.Seller();
        // Held by another process, as far as anybody can see.
        var id = Guid.CreateVersion7();
        await souk.Execute("""
            insert into catalog.imports (id, company_id, shop_id, account_id, one_shop, dry_run, status, rows, csv, leased_until,
                created_at, version)
            values ($1, $2, $3, $1, false, false, 'running', 1, ''::bytea, now() + interval '1 hour', now(), 1)
            """, id, seller.CompanyId, seller.ShopIds[0]);

        await seller.Http.PostAsync("/products/import", Csv("sku,name,price\nA,Lamp,10\n"), Ct)
            .Refuses(409, "import_running");
        Assert.Equal(HttpStatusCode.NoContent, (await seller.Http.DeleteAsync($"/products/imports/{id}", Ct))
            .StatusCode);

        Assert.Equal("cancelled", (await seller.Http.GetJson($"/products/imports/{id}")).Text("status"));
        Assert.Equal((1, 0, 0), Came(await Imported(seller.Http, "sku,name,price\nA,Lamp,10\n")));
    }

    [Fact]
    public async Task Files_that_are_none_are_refused_at_once()
    {
        var seller = await souk.Seller();

        await seller.Http.PostAsync("/products/import", Csv("name\nLamp\n"), Ct).Refuses(422, "missing_column");
        await seller.Http.PostAsync("/products/import", Csv(""), Ct).Refuses(422, "empty_file");
        await souk.Client().PostAsync("/products/import", Csv("sku\nA\n"), Ct).Refuses(401, "sign_in_required");
        Assert.Equal(415, (int)(await seller.Http.PostAsJsonAsync("/products/import", new { sku = "A" }, Ct))
            .StatusCode);
        Assert.Equal(0, (await seller.Http.GetJson("/products/imports")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Of_a_product_that_another_keeps_only_the_offer_is_changed()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        var product = await anna.Sells("Lamp");
        var offer = new { price = new { amount = 4000, currency = "EUR" }, sku = "BEN-1" };
        (await ben.Http.PostAsJsonAsync($"/products/{product.Id}/offers", offer, Ct)).EnsureSuccessStatusCode();

        Assert.Equal((0, 1, 0), Came(await Imported(ben.Http, "sku,name,price\nBEN-1,Mine,30\n")));

        var shown = await souk.Client().GetJson($"/products/{product.Id}");
        Assert.Equal(("Lamp", 3000), (shown.Text("name"), shown.GetProperty("price").GetProperty("amount").GetInt32()));
    }
}
