using System.Net;
using System.Text.Json;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Inventory;

/// <summary>Stock rules, from the seller who sets them to the buyer who waits, over all services.</summary>
[Trait("Shape", "both")]
public class StockStoryTests(SoukServer souk)
{
    [Fact]
    public async Task What_was_kept_back_is_told_to_who_waits_and_sold_before_it_is_there()
    {
        var seller = await souk.Seller();
        var stall = new Stall(seller, seller.CompanyId);
        var offer = await stall.Sells(1990, 3);
        await Eventually(async () => Assert.Equal(3, await Available(offer)));
        await Rule(seller, offer, new { safety_stock = 3, backorder_limit = 0 });
        Assert.Equal(0, await Available(offer));
        var guest = souk.Client();
        var address = $"waits{offer:N}@example.com";
        await guest.Send(
            "/notifications/back-in-stock", new { offer_id = offer, email = address }, HttpStatusCode.Accepted);

        await Rule(seller, offer, new { safety_stock = 0, backorder_limit = 2, low_stock_at = 5 });

        Assert.Equal(5, await Available(offer));
        Assert.EndsWith("is back", await Mail(address), StringComparison.Ordinal);
        Assert.EndsWith("runs low: 3 left", await Mail(seller.Email, "runs low"), StringComparison.Ordinal);
        Assert.Single((await seller.Read("/inventory/alerts")).GetProperty("data").EnumerateArray());
        // The carts hear of it in their own time.
        await Eventually(async () =>
        {
            using var answer = await guest.Order(Guid.CreateVersion7().ToString(), [(offer, 4)],
                TestContext.Current.CancellationToken, ("card", "tok_success"));
            Assert.True(
                answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Accepted, $"{(int)answer.StatusCode}");
        });
        await Eventually(async () => Assert.Equal((3, 1), await Taken(seller, offer)));
        await seller.Send(
            "/stock-movements", new { kind = "in", offer_id = offer, quantity = 2 }, HttpStatusCode.Created);
        Assert.Equal((4, 0), await Taken(seller, offer));
        Assert.Equal(3, await Available(offer));
    }

    private async Task<long> Available(Guid offer) =>
        (await souk.Client().Read($"/inventory/availability?offer_ids={offer}")).GetProperty(
            "data")[0].GetProperty("available").GetInt64();

    private static async Task Rule(HttpClient seller, Guid offer, object rule)
    {
        using var answer = await seller.PutAsync($"/stock-rules/{offer}", System.Net.Http.Json.JsonContent.Create(
            rule), TestContext.Current.CancellationToken);
        await Answers.Body(answer, HttpStatusCode.OK);
    }

    private static async Task<(long Reserved, long Backordered)> Taken(HttpClient seller, Guid offer)
    {
        var level = (await seller.Read($"/stock-levels?offer_id={offer}")).GetProperty("data")[0];
        return (level.GetProperty("reserved").GetInt64(), level.GetProperty("backordered").GetInt64());
    }

    private async Task<string> Mail(string to, string about = "")
    {
        var subject = "";
        await Eventually(async () => subject = (
            await souk.Client().Read($"/mailbox.json?to={to}")).GetProperty("data").EnumerateArray()
            .Select(mail => mail.GetProperty("subject").GetString()!).First(
                text => text.Contains(about, StringComparison.Ordinal)));
        return subject;
    }
}
