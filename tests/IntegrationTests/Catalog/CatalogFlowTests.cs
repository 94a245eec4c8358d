using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Souk.IntegrationTests.Catalog;

/// <summary>What a seller's file makes is sold, whether the services share a process or not.</summary>
[Trait("Shape", "both")]
public class CatalogFlowTests(SoukServer souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_of_products_is_imported_and_put_into_a_cart()
    {
        var seller = await souk.Seller();
        var tail = Guid.CreateVersion7().ToString("N")[^10..];
        var csv = $"""
            sku,slug,name,options,price,stock
            S-{tail},shirt-{tail},Shirt,color=red|size=S,20.00,3
            M-{tail},shirt-{tail},Shirt,color=red|size=M,21.00,4
            """;

        HttpResponseMessage? sent = null;
        // Catalog hears of the shop by an event, moments after the registration.
        await Eventual.Eventually(async () =>
        {
            using var body = new StringContent(csv, Encoding.UTF8, "text/csv");
            sent = await seller.PostAsync("/products/import", body, Ct);
            Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);
        });
        await Eventual.Eventually(async () =>
        {
            var import = await seller.GetJson(sent!.Headers.Location!.ToString());
            Assert.Equal(("done", 1, 0), (import.Text("status"), import.GetProperty("created").GetInt32(),
                import.GetProperty("failed").GetInt32()));
        });

        var guest = souk.Client();
        JsonElement product = default;
        await Eventual.Eventually(async () =>
        {
            product = await guest.GetJson($"/products/by-slug/shirt-{tail}");
            Assert.Equal(7, product.GetProperty("stock").GetInt32());
        });
        Assert.Contains($"M-{tail}", await seller.GetStringAsync("/products/export", Ct), StringComparison.Ordinal);
        await Eventual.Eventually(async () =>
        {
            var line = new { offer_id = product.Id("best_offer_id"), quantity = 2 };
            var cart = await guest.PostAsJsonAsync("/cart", new { lines = new[] { line } }, Ct);
            Assert.True(cart.IsSuccessStatusCode, await cart.Content.ReadAsStringAsync(Ct));
            Assert.DoesNotContain("out_of_stock", await cart.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        });
    }
}
