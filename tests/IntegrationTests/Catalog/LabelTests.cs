using System.Net;
using System.Net.Http.Json;

namespace Souk.IntegrationTests.Catalog;

public class LabelTests(CatalogBed souk)
{
    private static readonly byte[] Dot = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Specifications_have_the_type_the_staff_gave_them()
    {
        var (staff, seller) = (souk.Staff(), await souk.Seller());
        var code = "power_" + Guid.CreateVersion7().ToString("N")[^10..];
        var made = await staff.PostAsJsonAsync("/attributes", new { code, name = "Power", type = "number", unit = "W" }, Ct);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var id = (await made.Json()).Id("id");
        await staff.PostAsJsonAsync("/attributes", new { code, name = "Power", type = "number" }, Ct).Refuses(422, "code_taken");
        await staff.PostAsJsonAsync("/attributes", new { code = code + "x", name = "Power", type = "choice" }, Ct).Refuses(422, "wrong_choices");

        var product = await seller.Sells("Lamp", more: new { attributes = new Dictionary<string, object> { [code] = 60 } });
        Assert.Equal(60, (await souk.Client().GetJson($"/products/{product.Id}")).GetProperty("attributes").GetProperty(code).GetInt32());
        await seller.Http.PutAsJsonAsync($"/products/{product.Id}", new { name = "Lamp", attributes = new Dictionary<string, object> { [code] = "much" } }, Ct)
            .Refuses(422, "wrong_attribute");
        await staff.DeleteAsync($"/attributes/{id}", Ct).Refuses(409, "attribute_used");
        await staff.PutAsJsonAsync($"/attributes/{id}", new { code, name = "Power", type = "text" }, Ct).Refuses(409, "attribute_fixed");
        (await seller.Http.PutAsJsonAsync($"/products/{product.Id}", new { name = "Lamp" }, Ct)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.NoContent, (await staff.DeleteAsync($"/attributes/{id}", Ct)).StatusCode);
    }

    [Fact]
    public async Task Tags_are_made_by_naming_them_and_renamed_by_the_staff()
    {
        var (staff, seller) = (souk.Staff(), await souk.Seller());
        var name = "Tag " + Guid.CreateVersion7().ToString("N");
        var product = await seller.Sells("Lamp", more: new { tags = new[] { name, name.ToLowerInvariant() } });
        Assert.Equal(1, (await souk.Client().GetJson($"/products/{product.Id}")).GetProperty("tags").GetArrayLength());

        var id = await souk.TagId(name);
        await staff.DeleteAsync($"/tags/{id}", Ct).Refuses(409, "tag_used");
        (await staff.PutAsJsonAsync($"/tags/{id}", new { name = name + " new" }, Ct)).EnsureSuccessStatusCode();
        Assert.Equal(name + " new", (await souk.Client().GetJson($"/products/{product.Id}")).GetProperty("tags")[0].GetString());
        await seller.Http.PutAsJsonAsync($"/tags/{id}", new { name = "mine" }, Ct).Refuses(403, "forbidden");
        await seller.Http.PutAsJsonAsync($"/products/{product.Id}", new { name = "Lamp", tags = new[] { "!!!" } }, Ct).Refuses(422, "wrong_tag");
    }

    [Fact]
    public async Task Categories_are_listed_below_their_parent()
    {
        var staff = souk.Staff();
        var top = (await (await staff.PostAsJsonAsync("/categories", new { name = "Top" }, Ct)).Json()).Id("id");
        foreach (var (name, position) in new[] { ("Second", 2), ("First", 1) })
            (await staff.PostAsJsonAsync("/categories", new { name, parent_id = top, position }, Ct)).EnsureSuccessStatusCode();

        var below = await souk.Client().GetJson($"/categories?parent_id={top}");

        Assert.Equal(["First", "Second"], below.GetProperty("data").EnumerateArray().Select(c => c.Text("name")));
        Assert.Equal("Top", (await souk.Client().GetJson($"/categories/{top}")).Text("name"));
    }

    [Fact]
    public async Task Pictures_are_told_by_their_bytes_and_kept_by_whoever_fetched_them()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        var product = await anna.Sells("Lamp");
        var png = Dot;
        static ByteArrayContent Body(byte[] bytes, string type) => new(bytes) { Headers = { ContentType = new(type) } };

        var added = await anna.Http.PostAsync($"/products/{product.Id}/images", Body(png, "image/png"), Ct);
        Assert.True(added.StatusCode == HttpStatusCode.Created, await added.Content.ReadAsStringAsync(Ct));
        var url = (await added.Json()).Text("url");

        var fetched = await souk.Client().GetAsync(url, Ct);
        Assert.Equal(png, await fetched.Content.ReadAsByteArrayAsync(Ct));
        Assert.Equal("image/png", fetched.Content.Headers.ContentType?.MediaType);
        Assert.Contains("immutable", fetched.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Contains("sandbox", Assert.Single(fetched.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal);
        var guest = souk.Client();
        guest.DefaultRequestHeaders.IfNoneMatch.Add(fetched.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await guest.GetAsync(url, Ct)).StatusCode);
        Assert.Equal(url, (await souk.Client().GetJson($"/products/{product.Id}")).GetProperty("images")[0].Text("url"));

        await anna.Http.PostAsync($"/products/{product.Id}/images", Body("<svg/>"u8.ToArray(), "image/png"), Ct).Refuses(415, "not_a_picture");
        await ben.Http.PostAsync($"/products/{product.Id}/images", Body(png, "image/png"), Ct).Refuses(404, "not_found");
        await ben.Http.DeleteAsync(url, Ct).Refuses(404, "not_found");
        // Asked before it is sent: a server that refuses closes while the client still writes.
        using var tooLarge = new HttpRequestMessage(HttpMethod.Post, $"/products/{product.Id}/images") { Content = Body(new byte[6_000_000], "image/png") };
        tooLarge.Headers.ExpectContinue = true;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await anna.Http.SendAsync(tooLarge, Ct)).StatusCode);
        byte[] large =
            [.. png.AsSpan(0, 33), 0, 0x40, 0, 0, .. "IDAT"u8, .. new byte[0x40_0000 + 4], .. png.AsSpan(33)];
        Assert.Equal(HttpStatusCode.Created, (await anna.Http.PostAsync($"/products/{product.Id}/images", Body(large, "image/png"), Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await anna.Http.DeleteAsync(url, Ct)).StatusCode);
        await souk.Client().GetAsync(url, Ct).Refuses(404, "not_found");
    }

    [Fact]
    public async Task A_product_and_a_company_have_only_so_many_pictures()
    {
        var anna = await souk.Seller();
        var (lamp, rug) = (await anna.Sells("Lamp"), await anna.Sells("Rug"));
        async Task<HttpResponseMessage> Add(Guid product)
        {
            using var body = new ByteArrayContent(Dot) { Headers = { ContentType = new("image/png") } };
            return await anna.Http.PostAsync($"/products/{product}/images", body, Ct);
        }

        for (var n = 0; n < 20; n++)
            Assert.Equal(HttpStatusCode.Created, (await Add(lamp.Id)).StatusCode);
        await Add(lamp.Id).Refuses(409, "too_many_images");

        // The company's limit here is 22.
        Assert.Equal(HttpStatusCode.Created, (await Add(rug.Id)).StatusCode);
        var last = (await (await Add(rug.Id)).Json()).Text("url");
        await Add(rug.Id).Refuses(413, "quota_exceeded");
        Assert.Equal(2, (await souk.Client().GetJson($"/products/{rug.Id}")).GetProperty("images").GetArrayLength());

        // Whoever removes one has room again.
        Assert.Equal(HttpStatusCode.NoContent, (await anna.Http.DeleteAsync(last, Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await Add(rug.Id)).StatusCode);
    }

    [Fact]
    public async Task Pictures_are_described_and_put_in_order_by_the_company_that_keeps_the_product()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        var product = await anna.Sells("Lamp");
        foreach (var alt in (string[])["one", "two", "three"])
        {
            using var body = new ByteArrayContent(Dot) { Headers = { ContentType = new("image/png") } };
            (await anna.Http.PostAsync($"/products/{product.Id}/images?alt={alt}", body, Ct)).EnsureSuccessStatusCode();
        }
        async Task<System.Text.Json.JsonElement[]> Shown() =>
            [.. (await souk.Client().GetJson($"/products/{product.Id}")).GetProperty("images").EnumerateArray()];
        var third = (await Shown())[2];
        Assert.Equal((1, 1), (third.GetProperty("width").GetInt32(), third.GetProperty("height").GetInt32()));

        (await anna.Http.PutAsJsonAsync(third.Text("url"), new { alt = "The lamp on a desk", position = 1 }, Ct))
            .EnsureSuccessStatusCode();

        Assert.Equal(["The lamp on a desk", "one", "two"], (await Shown()).Select(image => image.Text("alt")));
        Assert.Equal(third.Text("url"), (await souk.Client().GetJson($"/products?company_id={anna.CompanyId}"))
            .GetProperty("data")[0].Text("image"));
        await ben.Http.PutAsJsonAsync(third.Text("url"), new { alt = "Mine" }, Ct).Refuses(404, "not_found");
        await anna.Http.PutAsJsonAsync(third.Text("url"), new { variant_id = Guid.CreateVersion7() }, Ct)
            .Refuses(422, "unknown_variant");
        await anna.Http.PutAsJsonAsync(third.Text("url"), new { position = 0 }, Ct).Refuses(422, "validation_failed");
        Assert.Equal("The lamp on a desk", (await Shown())[0].Text("alt"));
    }

    [Fact]
    public async Task The_tree_has_a_depth_and_a_move_that_would_pass_it_changes_nothing()
    {
        var staff = souk.Staff();
        async Task<Guid[]> Chain(int depth)
        {
            var ids = new List<Guid>();
            for (var i = 0; i < depth; i++)
            {
                var made = await staff.PostAsJsonAsync("/categories",
                    new { name = $"Level {i}", parent_id = ids.Count > 0 ? ids[^1] : (Guid?)null }, Ct);
                ids.Add((await made.Json()).Id("id"));
            }
            return [.. ids];
        }
        var (deep, shallow) = (await Chain(8), await Chain(2));

        await staff.PostAsJsonAsync("/categories", new { name = "Too deep", parent_id = deep[^1] }, Ct)
            .Refuses(422, "category_depth");
        await staff.PutAsJsonAsync($"/categories/{shallow[0]}", new { name = "Level 0", parent_id = deep[6] }, Ct)
            .Refuses(422, "category_depth");

        var path = (await souk.Client().GetJson($"/categories/{shallow[1]}")).GetProperty("path").EnumerateArray()
            .Select(id => id.GetGuid());
        Assert.Equal(shallow, path);
    }

    [Fact]
    public async Task What_is_put_below_a_category_while_it_moves_goes_along()
    {
        var staff = souk.Staff();
        async Task<Guid> New(string name, Guid? parent = null) =>
            (await (await staff.PostAsJsonAsync("/categories", new { name, parent_id = parent }, Ct)).Json()).Id("id");
        async Task<Guid[]> Path(Guid id) =>
            [.. (await souk.Client().GetJson($"/categories/{id}")).GetProperty("path").EnumerateArray()
                .Select(part => part.GetGuid())];
        var (home, garden) = (await New("Home"), await New("Garden"));
        var lamps = await New("Lamps", home);
        var made = new List<Guid>();

        for (var round = 0; round < 6; round++)
        {
            var move = staff.PutAsJsonAsync($"/categories/{lamps}",
                new { name = "Lamps", parent_id = round % 2 == 0 ? garden : home }, Ct);
            made.AddRange(await Task.WhenAll(New("One", lamps), New("Two", lamps)));
            (await move).EnsureSuccessStatusCode();
        }

        foreach (var id in made)
            Assert.Equal([home, lamps, id], await Path(id));
    }
}
