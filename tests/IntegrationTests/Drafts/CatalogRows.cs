using System.Text.Json;
using Souk.IntegrationTests.Carts;

namespace Souk.IntegrationTests.Drafts;

/// <summary>Products.</summary>
internal static class CatalogRows
{
    public static Dictionary<string, Func<DraftMarket, Task>> All { get; } = new()
    {
        ["GET /products"] = Lists,
        ["POST /products"] = CreatesInOurWords,
        ["GET /products/{product_id}"] = market => Shows(market, "/products"),
        ["PUT /products/{product_id}"] = ChangesInOurWords,
        ["DELETE /products/{product_id}"] = market => Ends(market, "/products"),
        ["POST /product"] = Creates,
        ["GET /product/{product_id}"] = market => Shows(market, "/product"),
        ["PUT /product/{product_id}"] = Changes,
        ["DELETE /product/{product_id}"] = market => Ends(market, "/product"),
    };

    private static async Task Lists(DraftMarket market)
    {
        var (seller, product) = (await market.Seller(), await market.Product("Listed lamp"));
        using var guest = market.Souk.Client();

        await Eventually(async () =>
        {
            var listed = (await guest.Ask("GET", $"/products?company_id={seller.CompanyId}&limit=100")).Must(200);
            Assert.Contains(product, listed.GetProperty("data").EnumerateArray().Select(one => one.Id()));
        });
    }

    private static async Task Creates(DraftMarket market)
    {
        var shown = await Shown(
            market, await market.Product("Oak lamp", stock: 4), lamp => lamp.GetProperty("stock").GetInt64() == 4);

        Assert.Equal(
            ("Oak lamp", "Of oak.", 2000), (shown.Text("name"), shown.Text("description"), shown.Minor("price")));
    }

    private static async Task CreatesInOurWords(DraftMarket market)
    {
        var seller = await market.Seller();
        await market.Product("The catalogue knows the shop");

        var made = (await seller.Ask("POST", "/products", new
        {
            name = "Ash lamp", price = new { amount = 2450, currency = "EUR" }, stock = 2,
        })).Must(201);

        var shown = await Shown(market, made.Id(), lamp => lamp.GetProperty("stock").GetInt64() == 2);
        Assert.Equal(("Ash lamp", 2450), (shown.Text("name"), shown.Minor("price")));
    }

    private static async Task Shows(DraftMarket market, string path)
    {
        var product = await market.Product("Shown lamp");
        using var guest = market.Souk.Client();

        var shown = (await guest.Ask("GET", $"{path}/{product}")).Must(200);

        Assert.Equal(
            (product, "Shown lamp", DraftMarket.PriceMinor), (shown.Id(), shown.Text("name"), shown.Minor("price")));
    }

    private static async Task Changes(DraftMarket market)
    {
        var (seller, product) = (await market.Seller(), await market.Product("Lamp"));

        (await seller.Ask("PUT", $"/product/{product}",
            new { name = "Old lamp", description = "Worn.", price = 17.5m })).Must(200);

        var shown = await Shown(market, product, lamp => lamp.Text("name") == "Old lamp");
        Assert.Equal(("Worn.", 1750), (shown.Text("description"), shown.Minor("price")));
    }

    private static async Task ChangesInOurWords(DraftMarket market)
    {
        var (seller, product) = (await market.Seller(), await market.Product("Lamp"));

        (await seller.Ask("PUT", $"/products/{product}", new { name = "New lamp", description = "Bright." })).Must(200);

        Assert.Equal(
            "Bright.", (await Shown(market, product, lamp => lamp.Text("name") == "New lamp")).Text("description"));
    }

    private static async Task Ends(DraftMarket market, string path)
    {
        var (seller, product) = (await market.Seller(), await market.Product("Last lamp"));

        (await seller.Ask("DELETE", $"{path}/{product}")).Must(204);

        using var guest = market.Souk.Client();
        await Eventually(async () => (await guest.Ask("GET", $"{path}/{product}")).Must(404));
    }

    private static async Task<JsonElement> Shown(DraftMarket market, Guid product, Func<JsonElement, bool> when)
    {
        using var guest = market.Souk.Client();
        JsonElement shown = default;
        await Eventually(async () =>
        {
            shown = (await guest.Ask("GET", $"/product/{product}")).Must(200);
            Assert.True(when(shown), shown.ToString());
        });
        return shown;
    }
}
