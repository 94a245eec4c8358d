using Souk.IntegrationTests.Carts;

namespace Souk.IntegrationTests.Drafts;

/// <summary>Orders.</summary>
internal static class OrderRows
{
    public static Dictionary<string, Func<DraftMarket, Task>> All { get; } = new()
    {
        ["POST /order"] = Buys,
        ["GET /order/{order_id}"] = market => Shows(market, "/order"),
        ["PUT /order/{order_id}"] = market => Changes(market, "/order"),
        ["DELETE /order/{order_id}"] = market => Cancels(market, "/order"),
        ["GET /orders"] = Lists,
        ["POST /orders"] = BuysInOurWords,
        ["GET /orders/{order_id}"] = market => Shows(market, "/orders"),
        ["PUT /orders/{order_id}"] = market => Changes(market, "/orders"),
        ["DELETE /orders/{order_id}"] = market => Cancels(market, "/orders"),
    };

    private static async Task Buys(DraftMarket market)
    {
        var (product, _) = await market.Lamp();

        var order = await market.Stands(await market.Order(), "confirmed");

        var line = Assert.Single(order.GetProperty("parts")[0].GetProperty("lines").EnumerateArray());
        Assert.Equal((product, 1), (line.Id("product_id"), line.GetProperty("quantity").GetInt32()));
        Assert.Equal(DraftMarket.PriceMinor, order.GetProperty("totals").Minor("total"));
    }

    private static async Task BuysInOurWords(DraftMarket market)
    {
        var (buyer, (_, offer)) = (await market.Buyer(), await market.Lamp());

        var bought = await buyer.Ask("POST", "/orders", Shop.Order(offer, quantity: 2), Shop.NewKey());

        Assert.True(bought.Status is 201 or 202, bought.Text);
        var order = await market.Stands(bought.Json.Id(), "confirmed");
        Assert.Equal(2 * DraftMarket.PriceMinor, order.GetProperty("totals").Minor("total"));
    }

    private static async Task Shows(DraftMarket market, string path)
    {
        var (buyer, order) = (await market.Buyer(), await market.Order());

        Assert.Equal(order, (await buyer.Ask("GET", $"{path}/{order}")).Must(200).Id());
        (await (await market.Souk.Buyer()).Ask("GET", $"{path}/{order}")).Must(404);
    }

    private static async Task Lists(DraftMarket market)
    {
        var (buyer, order) = (await market.Buyer(), await market.Order());

        var listed = (await buyer.Ask("GET", "/orders")).Must(200).GetProperty("data");

        Assert.Contains(order, listed.EnumerateArray().Select(one => one.Id()));
    }

    private static async Task Changes(DraftMarket market, string path)
    {
        var (buyer, order) = (await market.Buyer(), await market.Order());
        var contact = (await buyer.Ask("POST", "/contacts", Shop.Contact(email: "grace@example.com"))).Must(201).Id();

        await Eventually(
            async () => (await buyer.Ask("PUT", $"{path}/{order}", new { contact_id = contact })).Must(200));

        var shown = (await buyer.Ask("GET", $"{path}/{order}")).Must(200);
        Assert.Equal(
            ("grace@example.com", contact), (shown.GetProperty("contact").Text("email"), shown.Id("contact_id")));
    }

    private static async Task Cancels(DraftMarket market, string path)
    {
        var (buyer, order) = (await market.Buyer(), await market.Order());

        // While its payment is written it may be busy (503): whoever cancels asks again.
        await Eventually(async () =>
        {
            var answer = await buyer.Ask("DELETE", $"{path}/{order}");
            Assert.True(answer.Status is 200 or 204, answer.Text);
        });
        await market.Stands(order, "cancelled");
    }
}
