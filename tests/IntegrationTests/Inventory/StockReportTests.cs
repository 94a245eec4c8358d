using System.Globalization;
using System.Text.Json;
using Souk.Inventory.Events;
using Souk.Inventory.Jobs;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Inventory;

/// <summary>What reports say about stock, before and after the movements went into the sums by day.</summary>
public class StockReportTests(InventoryAlone souk)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Levels_say_how_old_the_pieces_are_and_how_long_they_last(bool summed)
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Received(seller, offer.OfferId, 5, daysAgo: 200);
        await Received(seller, offer.OfferId, 6, daysAgo: 60);
        await Received(seller, offer.OfferId, 7, daysAgo: 3);
        await Sold(offer.OfferId, 4);
        await souk.Run(db => new OnOrderPlaced(db).Handle([InventoryBed.Order((offer.OfferId, 2))], Ct));
        await Sum(offer.OfferId, summed);

        var row = Assert.Single((await Get(seller, "/inventory/reports/levels")).GetProperty("data").EnumerateArray());

        Assert.Equal((14, 2, 12), (Number(row, "on_hand"), Number(row, "reserved"), Number(row, "free")));
        Assert.Equal((4, 84m), (Number(row, "sold_four_weeks"), row.GetProperty("days_of_cover").GetDecimal()));
        var age = row.GetProperty("age");
        Assert.Equal((7, 6, 0, 1), (
            Number(age, "month"), Number(age, "quarter"), Number(age, "half_year"), Number(age, "older")));
        Assert.Empty((await Get(souk.Seller(await souk.Company()), "/inventory/reports/levels")).GetProperty(
            "data").EnumerateArray());
        await Get(souk.Guest(), "/inventory/reports/levels", 401);
        await Get(seller, "/inventory/reports/levels?format=pdf", 422);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Trends_say_what_came_and_went_and_what_lay_there_in_the_evening(bool summed)
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Received(seller, offer.OfferId, 10, daysAgo: 2);
        await Post(seller, "/stock-movements",
            new { kind = "out", offer_id = offer.OfferId, quantity = 1, reason = "broken" });
        await Post(seller, "/stock-movements",
            new { kind = "adjust", offer_id = offer.OfferId, quantity = -2, reason = "lost" });
        await Sold(offer.OfferId, 3);
        await Sum(offer.OfferId, summed);

        var trends = await Get(seller, "/inventory/reports/trends");
        var days = trends.GetProperty("data").EnumerateArray().ToList();

        Assert.Equal(30, days.Count);
        Assert.Equal((0, 10, 10, 4), (Number(days[26], "on_hand"), Number(days[27], "on_hand"),
            Number(days[28], "on_hand"), Number(days[29], "on_hand")));
        Assert.Equal((10, 1, -2, 3), (Number(days[27], "received"), Number(days[29], "removed"),
            Number(days[29], "adjusted"), Number(days[29], "sold")));
        var day = days[27].GetProperty("day").GetString();
        Assert.Equal(day,
            Assert.Single((await Get(seller, $"/inventory/reports/trends?from={day}&to={day}")).GetProperty(
                "data").EnumerateArray()).GetProperty("day").GetString());
        Assert.All((await Get(souk.Seller(await souk.Company()),
            $"/inventory/reports/trends?offer_id={offer.OfferId}")).GetProperty("data").EnumerateArray(),
            none => Assert.Equal((0, 0), (Number(none, "on_hand"), Number(none, "received"))));
        await Get(seller, "/inventory/reports/trends?from=2026-02-02&to=2026-02-01", 422);
        await Get(seller, "/inventory/reports/trends?from=2020-02-02&to=2026-02-01", 422);
        await Get(seller, "/inventory/reports/trends?from=yesterday", 400);
    }

    [Fact]
    public async Task A_report_is_a_file_in_which_no_name_becomes_a_formula()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await souk.Run(
            db => new OnOfferChanged(db).Handle([offer with { Title = "=HYPERLINK(\"x\"), red", Version = 2 }], Ct));
        await Received(seller, offer.OfferId, 5, daysAgo: 1);

        using var answer = await seller.GetAsync("/inventory/reports/levels?format=csv", Ct);
        var lines = (await answer.Content.ReadAsStringAsync(Ct)).Split("\r\n");

        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("offer_id,product_id,company_id,sku,title,on_hand", lines[0][..48]);
        Assert.Equal(
            $"{offer.OfferId},{offer.ProductId},{company},{offer.Sku},\"'=HYPERLINK(\"\"x\"\"), red\",5,0,0,5,0,,5,0,0,0",
            lines[1]);
        using var next = await seller.GetAsync($"/inventory/reports/levels?format=csv&after={offer.OfferId}", Ct);
        Assert.Single((await next.Content.ReadAsStringAsync(Ct)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries));
        using var trends = await seller.GetAsync("/inventory/reports/trends?format=csv", Ct);
        Assert.Equal(31, (
            await trends.Content.ReadAsStringAsync(Ct)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static int Number(JsonElement of, string name) => of.GetProperty(name).GetInt32();

    // Nobody can record what came days ago: the movement is moved there, as only the database's owner may.
    private async Task Received(HttpClient seller, Guid offerId, int quantity, int daysAgo)
    {
        var moved = await Post(seller, "/stock-movements", new { kind = "in", offer_id = offerId, quantity });
        await souk.Query(
            string.Create(CultureInfo.InvariantCulture,
                $"update inventory.movements set at = at - interval '{daysAgo} days' where id = $1"), _ => 0,
            moved.GetProperty("movements")[0].GetProperty("id").GetGuid());
    }

    private async Task Sold(Guid offerId, int quantity)
    {
        var order = InventoryBed.Order((offerId, quantity));
        await souk.Run(db => new OnOrderPlaced(db).Handle([order], Ct));
        await souk.Run(db => new OnPartShipped(
            db, Microsoft.Extensions.Logging.Abstractions.NullLogger<OnPartShipped>.Instance).Handle(
            [new(order.OrderId, Guid.CreateVersion7(), Guid.Empty, null, Guid.Empty, null, null, order.Lines)], Ct));
    }

    // The sums stay two minutes behind: the movements of this offer are made older than that, and no other's are in
    // their way.
    private async Task Sum(Guid offerId, bool summed)
    {
        if (!summed)
            return;
        await souk.Query("""
            update inventory.movements set id = overlay(id::text placing '00000000-0001' from 1 for 13)::uuid
              where offer_id = $1
            """, _ => 0, offerId);
        await souk.Query("update inventory.stock_sums set upto = '00000000-0000-0000-0000-000000000000'", _ => 0);
        await souk.Run(db => new SumStockDays(db).Run(Ct));
    }
}
