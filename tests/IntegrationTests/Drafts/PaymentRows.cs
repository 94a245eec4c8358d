using System.Text.Json;
using Souk.IntegrationTests.Carts;

namespace Souk.IntegrationTests.Drafts;

/// <summary>Payments and refunds.</summary>
internal static class PaymentRows
{
    public static Dictionary<string, Func<DraftMarket, Task>> All { get; } = new()
    {
        ["POST /payment"] = Pays,
        ["GET /payment/{payment_id}"] = market => Shows(market, "/payment"),
        ["POST /payment/refund"] = Refunds,
        ["GET /payments"] = Lists,
        ["POST /payments"] = PaysInOurWords,
        ["GET /payments/{payment_id}"] = market => Shows(market, "/payments"),
    };

    private static async Task Pays(DraftMarket market)
    {
        var order = await market.Order("bank_slip", token: null, status: "awaiting_payment");

        await Pay(market, "/payment", new
        {
            order_id = order, payment_method = "card", amount = DraftMarket.Price, token = "tok_success",
        });

        await market.Stands(order, "confirmed");
    }

    private static async Task PaysInOurWords(DraftMarket market)
    {
        var order = await market.Order("bank_slip", token: null, status: "awaiting_payment");

        await Pay(market, "/payments", new
        {
            order_id = order, method = "card", token = "tok_success",
            amount = new { amount = DraftMarket.PriceMinor, currency = "EUR" },
        });

        await market.Stands(order, "confirmed");
    }

    private static async Task Shows(DraftMarket market, string path)
    {
        var (buyer, order) = (await market.Buyer(), await market.Order());
        var payment = await market.Payment(order);

        var shown = (await buyer.Ask("GET", $"{path}/{payment}")).Must(200);

        Assert.Equal(
            (payment, order, DraftMarket.PriceMinor), (shown.Id(), shown.Id("order_id"), shown.Minor("amount")));
    }

    private static async Task Lists(DraftMarket market)
    {
        var order = await market.Order();

        // Asked for by its order, and among all of the buyer.
        var payment = await market.Payment(order);
        var listed = (await (await market.Buyer()).Ask("GET", "/payments?limit=100")).Must(200).GetProperty("data");

        Assert.Contains(payment, listed.EnumerateArray().Select(one => one.Id()));
    }

    private static async Task Refunds(DraftMarket market)
    {
        var (staff, order) = (await market.Staff(), await market.Order());
        var payment = await market.Payment(order);

        JsonElement refund = default;
        // As soon as the money was taken.
        await Eventually(async () => refund = (await staff.Ask(
            "POST", "/payment/refund", new { payment_id = payment, amount = 5.00m, reason = "damaged" },
            Shop.NewKey())).Must(201));

        Assert.Equal((order, 500), (refund.Id("order_id"), refund.Minor("amount")));
        await Eventually(async () => Assert.Equal(
            500, (await staff.Ask("GET", $"/payment/{payment}")).Must(200).Minor("refunded")));
    }

    // As soon as Payments has heard that the order waits.
    private static async Task Pay(DraftMarket market, string path, object body)
    {
        var (buyer, key) = (await market.Buyer(), "");
        await Eventually(async () => (await buyer.Ask("POST", path, body, key = Shop.NewKey())).Must(202));
        Assert.Equal(202, (await buyer.Ask("POST", path, body, key)).Status);
    }
}
