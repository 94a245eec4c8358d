using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Inventory.Events;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Inventory;

/// <summary>What sellers keep back, and what they sell before it is there.</summary>
public class StockRuleTests(InventoryAlone souk)
{
    [Fact]
    public async Task What_is_kept_back_cannot_be_bought()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 5 });

        var rule = await Put(seller, $"/stock-rules/{offer.OfferId}", new { safety_stock = 2, backorder_limit = 0 });
        Assert.Equal((2, 1), (rule.GetProperty("safety_stock").GetInt32(), rule.GetProperty("version").GetInt32()));
        Assert.Equal((3, 0), await Available(offer.OfferId));
        var (refused, taken) = (InventoryBed.Order((offer.OfferId, 4)), InventoryBed.Order((offer.OfferId, 3)));
        await Place(refused, taken);

        Assert.Equal(3, (await Said<StockRefused>(refused.OrderId)).Single().Missing.Single().Available);
        Assert.Single(await Said<StockReserved>(taken.OrderId));
        Assert.Equal((0, 0), await Available(offer.OfferId));
        await Put(seller, $"/stock-rules/{offer.OfferId}", new { safety_stock = 0, backorder_limit = 0 });
        Assert.Equal((2, 0), await Available(offer.OfferId));
    }

    [Fact]
    public async Task What_is_sold_before_it_is_there_has_a_limit_and_goes_to_those_who_wait_when_it_comes()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Put(seller, $"/stock-rules/{offer.OfferId}", new { safety_stock = 0, backorder_limit = 4 });
        await Post(seller, "/stock-movements", new { kind = "in", offer_id = offer.OfferId, quantity = 2 });
        Assert.Equal((6, 4), await Available(offer.OfferId));

        var (first, second, late) = (InventoryBed.Order(
            (offer.OfferId, 3)), InventoryBed.Order((offer.OfferId, 3)), InventoryBed.Order((offer.OfferId, 1)));
        await Place(first, second, late);
        Assert.Single(await Said<StockRefused>(late.OrderId));
        Assert.Equal((2, 2, 4), await Level(seller, offer.OfferId));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 1 }, 409);

        await Post(seller, "/stock-movements", new { kind = "in", offer_id = offer.OfferId, quantity = 3 });
        Assert.Equal((5, 5, 1), await Level(seller, offer.OfferId));
        Assert.Equal((3, 3), await Available(offer.OfferId));
        await Ship(first);
        Assert.Equal((2, 2, 1), await Level(seller, offer.OfferId));
        // It had come, though nobody booked it in: the count is put right by a movement that says so.
        await Ship(second);
        Assert.Equal((0, 0, 0), await Level(seller, offer.OfferId));
        var movements = (
            await Get(seller, $"/stock-movements?offer_id={offer.OfferId}&kind=adjust")).GetProperty("data");
        Assert.Equal((1, "shipped before it was booked in"), (
            movements[0].GetProperty("change").GetInt32(), movements[0].GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_cancelled_order_gives_its_pieces_to_those_who_wait()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 2 });
        await Put(seller, $"/stock-rules/{offer.OfferId}", new { safety_stock = 0, backorder_limit = 5 });
        var (first, waiting) = (InventoryBed.Order((offer.OfferId, 2)), InventoryBed.Order((offer.OfferId, 2)));
        await Place(first, waiting);
        Assert.Equal((2, 2, 2), await Level(seller, offer.OfferId));

        await souk.Run(db => new OnOrderCancelled(
            db).Handle([new(first.OrderId, null, null, Guid.Empty, "buyer", true, first.Lines)], Ct));

        Assert.Equal((2, 2, 0), await Level(seller, offer.OfferId));
        Assert.Equal((5, 5), await Available(offer.OfferId));
    }

    [Fact]
    public async Task A_rule_has_a_version_and_a_record()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));

        Assert.Equal(0, (await Get(seller, $"/stock-rules/{offer.OfferId}")).GetProperty("version").GetInt32());
        await Put(
            seller, $"/stock-rules/{offer.ProductId}", new { safety_stock = 1, backorder_limit = 2, low_stock_at = 3 });
        Assert.Equal(1, (await Put(seller, $"/stock-rules/{offer.OfferId}",
            new { safety_stock = 1, backorder_limit = 2, low_stock_at = 3 })).GetProperty("version").GetInt32());
        using var stale = new HttpRequestMessage(HttpMethod.Put, $"/stock-rules/{offer.OfferId}")
        {
            Content = JsonContent.Create(new { safety_stock = 0, backorder_limit = 0 }),
        };
        stale.Headers.Add("If-Match", "\"0\"");
        await Body(await seller.SendAsync(stale, Ct), 412);

        var listed = Assert.Single((await Get(seller, "/stock-rules")).GetProperty("data").EnumerateArray());
        Assert.Equal((1, 2, 3), (listed.GetProperty("safety_stock").GetInt32(),
            listed.GetProperty("backorder_limit").GetInt32(), listed.GetProperty("low_stock_at").GetInt32()));
        Assert.Single(await souk.Query(
            "select 1 from inventory.audit where entity_id = $1 and action = 'stock_rule.set'", _ => 1, offer.OfferId));
    }

    [Fact]
    public async Task Strangers_and_operators_set_no_rules_and_bad_ones_are_explained()
    {
        var (company, storing) = (await souk.Company(), await souk.Company("warehouse_operator"));
        var (seller, keeper, stranger) = (
            souk.Seller(company), souk.Seller(storing), souk.Seller(await souk.Company()));
        var offer = await souk.Offer(company);
        var storage = (
            await Post(keeper, "/warehouses", new { name = "Storage", address = Address })).GetProperty("id").GetGuid();
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 5, warehouse_id = storage });

        foreach (var other in new[] { keeper, stranger })
        {
            await Get(other, $"/stock-rules/{offer.OfferId}", 404);
            await Put(other, $"/stock-rules/{offer.OfferId}", new { safety_stock = 1, backorder_limit = 0 }, 404);
            Assert.Empty((await Get(other, "/stock-rules")).GetProperty("data").EnumerateArray());
        }
        await Get(souk.Guest(), $"/stock-rules/{offer.OfferId}", 401);
        await Put(seller, $"/stock-rules/{offer.OfferId}", new { safety_stock = -1, backorder_limit = 0 }, 422);
        await Put(seller, $"/stock-rules/{offer.OfferId}", new { safety_stock = 1 }, 400);
        await Put(
            seller, $"/stock-rules/{offer.OfferId}", new { safety_stock = 1, backorder_limit = 0, version = 9 }, 400);
        Assert.Equal(0, (await Get(seller, $"/stock-rules/{offer.OfferId}")).GetProperty("version").GetInt32());
    }

    private static readonly object Address = new { line1 = "Havenweg 12", city = "Rotterdam", postcode = "3011",
        country = "NL" };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task Place(params OrderPlaced[] orders) => souk.Run(db => new OnOrderPlaced(db).Handle(orders, Ct));

    private Task Ship(OrderPlaced order) =>
        souk.Run(db => new OnPartShipped(db, NullLogger<OnPartShipped>.Instance).Handle(
        [new(order.OrderId, Guid.CreateVersion7(), Guid.Empty, null, Guid.Empty, null, null, order.Lines)], Ct));

    private async Task<(long Available, long Backorder)> Available(Guid offerId)
    {
        var row = (await Get(souk.Guest(), $"/inventory/availability?offer_ids={offerId}")).GetProperty("data")[0];
        return (row.GetProperty("available").GetInt64(), row.GetProperty("backorder").GetInt64());
    }

    private static async Task<(long OnHand, long Reserved, long Backordered)> Level(HttpClient seller, Guid offerId)
    {
        var row = Assert.Single(
            (await Get(seller, $"/stock-levels?offer_id={offerId}")).GetProperty("data").EnumerateArray());
        return (row.GetProperty(
            "on_hand").GetInt64(), row.GetProperty("reserved").GetInt64(), row.GetProperty("backordered").GetInt64());
    }

    // The outbox is emptied by the relay, in its own time.
    private Task<List<T>> Said<T>(Guid key) => souk.Query(
        """
        select payload::text from inventory.log where type = $1 and key = $2
        union all select payload::text from inventory.outbox where type = $1 and key = $2
        """,
        row => JsonSerializer.Deserialize<T>(row.GetString(0), Souk.Platform.Json.Events)!, typeof(T).Name, key);
}
