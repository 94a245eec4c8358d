using System.Text.Json;
using Souk.IntegrationTests.Carts;

namespace Souk.IntegrationTests.Drafts;

/// <summary>The cart.</summary>
internal static class CartRows
{
    public static Dictionary<string, Func<DraftMarket, Task>> All { get; } = new()
    {
        ["POST /cart/add"] = Adds,
        ["PUT /cart/update"] = Updates,
        ["DELETE /cart/remove"] = Removes,
        ["GET /cart"] = Shows,
        ["POST /cart"] = Shows,
        ["GET /cart/{cart_id}"] = ShowsALine,
        ["PUT /cart/{cart_id}"] = ChangesALine,
        ["DELETE /cart/{cart_id}"] = RemovesALine,
    };

    private static async Task Adds(DraftMarket market)
    {
        var (product, offer) = await market.Lamp();
        using var guest = market.Souk.Client();

        var cart = (await guest.Ask("POST", "/cart/add", new { product_id = product, quantity = 2 })).Must(200);

        guest.DefaultRequestHeaders.Add("X-Cart-Token", cart.Text("cart_token"));
        Assert.Equal([(offer, 2)], (await Cart(guest)).Lines());
    }

    private static async Task Updates(DraftMarket market)
    {
        var ((product, offer), guest) = (await market.Lamp(), await Holding(market));

        (await guest.Ask("PUT", "/cart/update", new { product_id = product, quantity = 5 })).Must(200);

        Assert.Equal([(offer, 5)], (await Cart(guest)).Lines());
    }

    private static async Task Removes(DraftMarket market)
    {
        var ((product, _), guest) = (await market.Lamp(), await Holding(market));

        (await guest.Ask("DELETE", $"/cart/remove?product_id={product}")).Must(200);

        Assert.Empty((await Cart(guest)).Lines());
    }

    private static async Task Shows(DraftMarket market)
    {
        var ((_, offer), guest) = (await market.Lamp(), await Holding(market));

        var cart = await Cart(guest);

        Assert.Equal([(offer, 1)], cart.Lines());
        Assert.Equal(DraftMarket.PriceMinor, cart.GetProperty("lines")[0].Minor("unit_price"));
    }

    private static async Task ShowsALine(DraftMarket market)
    {
        var ((_, offer), guest) = (await market.Lamp(), await Holding(market));
        var line = (await Cart(guest)).GetProperty("lines")[0].Id();

        Assert.Equal(offer, (await guest.Ask("GET", $"/cart/{line}")).Must(200).Id("offer_id"));
    }

    private static async Task ChangesALine(DraftMarket market)
    {
        var ((_, offer), guest) = (await market.Lamp(), await Holding(market));
        var line = (await Cart(guest)).GetProperty("lines")[0].Id();

        (await guest.Ask("PUT", $"/cart/{line}", new { quantity = 3 })).Must(200);

        Assert.Equal([(offer, 3)], (await Cart(guest)).Lines());
    }

    private static async Task RemovesALine(DraftMarket market)
    {
        var guest = await Holding(market);
        var line = (await Cart(guest)).GetProperty("lines")[0].Id();

        (await guest.Ask("DELETE", $"/cart/{line}")).Must(200);

        Assert.Empty((await Cart(guest)).Lines());
    }

    // A guest with a lamp in the cart.
    private static async Task<HttpClient> Holding(DraftMarket market)
    {
        var guest = market.Souk.Client();
        await guest.Puts(((await market.Lamp()).Offer, 1));
        return guest;
    }

    private static async Task<JsonElement> Cart(HttpClient guest) => (await guest.Ask("GET", "/cart")).Must(200);
}
