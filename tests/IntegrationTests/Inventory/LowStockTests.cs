using System.Text.Json;
using Souk.Inventory.Events;
using Souk.Inventory.Jobs;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Inventory;

/// <summary>What runs low: the list of it, and the one mail.</summary>
public class LowStockTests(InventoryAlone souk)
{
    [Fact]
    public async Task An_offer_is_told_of_once_until_it_was_refilled()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 9 });
        await Put(
            seller, $"/stock-rules/{offer.OfferId}", new { safety_stock = 2, backorder_limit = 50, low_stock_at = 5 });

        await Out(seller, offer.OfferId, 2);
        var alert = (await Alerts(seller, 1))[0];
        Assert.Equal((offer.OfferId, 5, 5), (alert.GetProperty("offer_id").GetGuid(),
            alert.GetProperty("left").GetInt32(), alert.GetProperty("low_stock_at").GetInt32()));
        await Out(seller, offer.OfferId, 1);
        Assert.Equal(4, (await Alerts(seller, 1))[0].GetProperty("left").GetInt32());
        Assert.Equal(1, await Told(offer.OfferId));

        await Post(seller, "/stock-movements", new { kind = "in", offer_id = offer.OfferId, quantity = 10 });
        await Alerts(seller, 0);
        await Out(seller, offer.OfferId, 12);
        await Alerts(seller, 1);
        Assert.Equal(2, await Told(offer.OfferId));
        await Put(seller, $"/stock-rules/{offer.OfferId}", new { safety_stock = 0, backorder_limit = 0 });
        Assert.Empty((await Get(seller, "/inventory/alerts")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Sellers_see_their_own_and_staff_all_page_by_page()
    {
        var (company, other) = (await souk.Company(), await souk.Company());
        var seller = souk.Seller(company);
        for (var i = 0; i < 3; i++)
            await Put(seller, $"/stock-rules/{(await souk.Offer(company)).OfferId}",
                new { safety_stock = 0, backorder_limit = 0, low_stock_at = i });
        await Alerts(seller, 3);

        var first = await Get(seller, "/inventory/alerts?limit=2&sort=since");
        var second = await Get(
            seller, $"/inventory/alerts?limit=2&sort=since&cursor={first.GetProperty("next_cursor").GetString()}");
        Assert.Equal(3, first.GetProperty("data").EnumerateArray().Concat(second.GetProperty("data").EnumerateArray())
            .Select(alert => alert.GetProperty("offer_id").GetGuid()).Distinct().Count());
        Assert.Empty((await Get(souk.Seller(other), "/inventory/alerts")).GetProperty("data").EnumerateArray());
        Assert.Empty((await Get(souk.Seller(other), $"/inventory/alerts?company_id={company}")).GetProperty(
            "data").EnumerateArray());
        Assert.Equal(3, (
            await Get(souk.Staff(), $"/inventory/alerts?company_id={company}")).GetProperty("data").GetArrayLength());
        await Get(souk.Guest(), "/inventory/alerts", 401);
        await Get(seller, "/inventory/alerts?sort=title", 400);
    }

    [Fact]
    public async Task What_somebody_waits_for_is_told_once_when_it_can_be_bought()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        var (nothing, there) = (Guid.CreateVersion7(), await souk.Offer(company));
        await Put(seller, $"/stock-levels/{there.OfferId}", new { quantity = 1 });
        await souk.Run(db => new OnStockWatched(
            db).Handle([new(offer.OfferId), new(nothing), new(there.OfferId), new(offer.OfferId)], Ct));

        await Sweep();
        Assert.Equal((0, 0, 1), (await Back(offer.OfferId), await Back(nothing), await Back(there.OfferId)));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 3 });
        await Sweep();
        await Sweep();

        Assert.Equal((1, 0, 1), (await Back(offer.OfferId), await Back(nothing), await Back(there.OfferId)));
        Assert.Empty(await souk.Query("select 1 from inventory.restock_watches where offer_id = any($1)", _ => 1,
            new[] { offer.OfferId, nothing, there.OfferId }));

        Task<int> Back(Guid offerId) => Told(offerId, "OfferRestocked");
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Task<JsonElement> Out(HttpClient seller, Guid offerId, int quantity) =>
        Post(seller, "/stock-movements", new { kind = "out", offer_id = offerId, quantity, reason = "a fair" });

    // The sweep finds what ran low; the test does not wait for its time.
    private async Task<List<JsonElement>> Alerts(HttpClient seller, int count)
    {
        await Sweep();
        var alerts = (await Get(seller, "/inventory/alerts")).GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(count, alerts.Count);
        return alerts;
    }

    private Task Sweep() => souk.Run(db => new SweepAvailability(db).Run(Ct));

    private async Task<int> Told(Guid offerId, string what = "StockRanLow") => (await souk.Query(
        """
        select id from inventory.log where type = $2 and key = $1
        union select id from inventory.outbox where type = $2 and key = $1
        """, _ => 1, offerId, what)).Count;
}
