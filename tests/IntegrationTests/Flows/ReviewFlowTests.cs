using System.Net;
using System.Text.Json;
using Souk.IntegrationTests.Payments;

namespace Souk.IntegrationTests.Flows;

/// <summary>An order whose payment somebody has to look at first.</summary>
[Trait("Shape", "both")]
public sealed class ReviewFlowTests(SoukServer souk)
{
    private readonly Street street = new(souk.Client, souk.Approve);

    [Fact]
    public async Task An_order_awaits_payment_until_its_payment_was_reviewed()
    {
        const long palace = 9_500_000_00; // No other story sells anything like it.
        var finance = await souk.Staff("finance");
        var rule = await finance.Post("/fraud-rules", new
        {
            name = "Palaces", kind = "amount", action = "review", amount = new { amount = palace, currency = "EUR" },
        });
        Assert.Equal(HttpStatusCode.Created, rule.Status);
        var stall = await street.Seller();
        var offer = await stall.Sells(palace, 100);
        await street.OnSale(offer);
        var guest = street.Guest();

        // Another process may not have heard of the rule yet.
        JsonElement order = default;
        await Eventually(async () => order = await guest.Buys(HttpStatusCode.Accepted, ("card", "tok_success"),
            (offer, 1)));
        Assert.Equal("awaiting_payment", order.Text("status"));
        Assert.Equal("review", order.GetProperty("action").Text("kind"));
        guest.Holding(order);
        var payment = Assert.Single((await guest.Read($"/payments?order_id={order.Id()}")).GetProperty("data").EnumerateArray());
        Assert.Equal("in_review", payment.Text("status"));
        Assert.Equal(HttpStatusCode.Accepted,
            (await finance.Post($"/payments/{payment.Id()}/approve", new { })).Status);

        await Eventually(async () => Assert.Equal("confirmed",
            (await guest.Read($"/orders/{order.Id()}")).Text("status")));
        await Eventually(async () => Assert.Equal(palace,
            (await guest.Read($"/orders/{order.Id()}")).Minor("captured")));
        using var ended = await finance.DeleteAsync(rule.Location, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
    }
}
