using System.Net;
using System.Net.Http.Json;

namespace Souk.IntegrationTests.Catalog;

/// <summary>Addresses of products and categories, those they have and those they had.</summary>
public class SlugTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string New(string name) => $"{name}-{Guid.CreateVersion7().ToString("N")[^10..]}";

    // Redirects are looked at, not followed.
    private async Task<(HttpStatusCode Status, string? Location)> Get(string path)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = souk.Client().BaseAddress };
        using var answer = await http.GetAsync(path, Ct);
        return (answer.StatusCode, answer.Headers.Location?.ToString());
    }

    [Fact]
    public async Task An_old_address_of_a_product_says_where_it_is_now()
    {
        var (seller, other) = (await souk.Seller(), await souk.Seller());
        var (first, second, third) = (New("lamp"), New("oak-lamp"), New("old-oak-lamp"));
        var product = await seller.Sells("Lamp", more: new { slug = first });
        async Task Becomes(string slug) =>
            (await seller.Http.PutAsJsonAsync($"/products/{product.Id}", new { name = "Lamp", slug }, Ct))
                .EnsureSuccessStatusCode();
        await Becomes(second);
        await Becomes(third);

        Assert.Equal(product.Id, (await souk.Client().GetJson($"/products/by-slug/{third}")).Id("id"));
        foreach (var old in (string[])[first, second])
            Assert.Equal((HttpStatusCode.MovedPermanently, $"/products/by-slug/{third}"),
                await Get($"/products/by-slug/{old}"));
        await other.Http.PutAsJsonAsync($"/products/{(await other.Sells("Mine")).Id}",
            new { name = "Mine", slug = first }, Ct)
            .Refuses(422, "slug_taken");

        await Becomes(first);
        Assert.Equal(product.Id, (await souk.Client().GetJson($"/products/by-slug/{first}")).Id("id"));
        Assert.Equal((HttpStatusCode.MovedPermanently, $"/products/by-slug/{first}"),
            await Get($"/products/by-slug/{third}"));
    }

    [Fact]
    public async Task A_drafts_address_is_known_to_its_company_only()
    {
        var (seller, stranger) = (await souk.Seller(), await souk.Seller());
        var (first, second) = (New("draft"), New("draft"));
        var product = await seller.Sells("Lamp", more: new { slug = first, status = "draft" });
        (await seller.Http.PutAsJsonAsync($"/products/{product.Id}", new { name = "Lamp", slug = second }, Ct))
            .EnsureSuccessStatusCode();

        Assert.Equal(product.Id, (await seller.Http.GetJson($"/products/by-slug/{second}")).Id("id"));
        foreach (var slug in (string[])[first, second, "no-such-thing", "A B", new string('a', 200)])
            await stranger.Http.GetAsync($"/products/by-slug/{slug}", Ct).Refuses(404, "not_found");
    }

    [Fact]
    public async Task An_old_address_of_a_category_says_where_it_is_now_until_the_category_is_gone()
    {
        var staff = souk.Staff();
        var (first, second) = (New("lamps"), New("lights"));
        var id = (await (await staff.PostAsJsonAsync("/categories", new { name = "Lamps", slug = first }, Ct)).Json())
            .Id("id");
        (await staff.PutAsJsonAsync($"/categories/{id}", new { name = "Lights", slug = second }, Ct))
            .EnsureSuccessStatusCode();

        Assert.Equal(id, (await souk.Client().GetJson($"/categories/by-slug/{second}")).Id("id"));
        Assert.Equal((HttpStatusCode.MovedPermanently, $"/categories/by-slug/{second}"),
            await Get($"/categories/by-slug/{first}"));
        await staff.PostAsJsonAsync("/categories", new { name = "Lamps", slug = first }, Ct).Refuses(422, "slug_taken");

        Assert.Equal(HttpStatusCode.NoContent, (await staff.DeleteAsync($"/categories/{id}", Ct)).StatusCode);
        await souk.Client().GetAsync($"/categories/by-slug/{first}", Ct).Refuses(404, "not_found");
        Assert.Equal(HttpStatusCode.Created,
            (await staff.PostAsJsonAsync("/categories", new { name = "Lamps", slug = first }, Ct)).StatusCode);
    }
}
