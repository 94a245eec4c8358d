using System.Net;
using System.Text.Json;
using Souk.IntegrationTests.Payments;

namespace Souk.IntegrationTests.Flows;

/// <summary>An order whose payment somebody has to look at first.</summary>
[Trait("Shape", "both")]
public sealed class ReviewFlowTests(SoukServer souk)
{
    private static long price = 9_500_000_00; // No other story sells anything like it.
    private readonly Street street = new(souk.Client, souk.Approve);

    [Theory]
    [InlineData("approve")]
    [InlineData("reject")]
    public async Task An_order_awaits_payment_until_its_payment_was_reviewed_and_its_buyer_is_told(string decision)
    {
        // Each of its own price, and so with a rule of its own.
        var palace = Interlocked.Add(ref price, 1_00);
        var finance = await souk.Staff("finance");
        var rule = await finance.Post("/fraud-rules", new
        {
            name = $"Palaces to {decision}", kind = "amount", action = "review", amount = new { amount = palace, currency = "EUR" },
        });
        Assert.Equal(HttpStatusCode.Created, rule.Status);
        var stall = await street.Seller();
        var offer = await stall.Sells(palace, 100);
        await street.OnSale(offer);
        var buyer = await street.Buyer();

        // Another process may not have heard of the rule yet.
        JsonElement order = default;
        await Eventually(async () => order = await buyer.Buys(HttpStatusCode.Accepted, ("card", "tok_success"),
            (offer, 1)));
        Assert.Equal("awaiting_payment", order.Text("status"));
        Assert.Equal("review", order.GetProperty("action").Text("kind"));
        await buyer.Hears($"We are checking the payment of your order {order.Text("number")}");
        var payment = Assert.Single((await buyer.Read($"/payments?order_id={order.Id()}")).GetProperty("data").EnumerateArray());
        Assert.Equal("in_review", payment.Text("status"));
        Assert.Equal(HttpStatusCode.Accepted,
            (await finance.Post($"/payments/{payment.Id()}/{decision}", new { })).Status);
        await (decision == "approve" ? GoesOn(buyer, order, palace) : Waits(buyer, order));
        using var ended = await finance.DeleteAsync(rule.Location, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
    }

    private static async Task GoesOn(HttpClient buyer, JsonElement order, long total)
    {
        await Eventually(async () => Assert.Equal("confirmed",
            (await buyer.Read($"/orders/{order.Id()}")).Text("status")));
        await Eventually(async () => Assert.Equal(total,
            (await buyer.Read($"/orders/{order.Id()}")).Minor("captured")));
        await buyer.Hears($"Your order {order.Text("number")}");
    }

    private static async Task Waits(HttpClient buyer, JsonElement order)
    {
        await buyer.Hears($"The payment of your order {order.Text("number")} was not accepted");
        Assert.Equal("awaiting_payment", (await buyer.Read($"/orders/{order.Id()}")).Text("status"));
        Assert.Equal("pay", (await buyer.Read($"/orders/{order.Id()}")).GetProperty("action").Text("kind"));
        // They give up: what they had heard of ends with a word.
        await buyer.Remove($"/orders/{order.Id()}");
        await buyer.Hears($"Your order {order.Text("number")} was cancelled before it was paid");
    }
}
