using System.Text.Json;
using Souk.Contracts.Orders;
using Souk.Inventory.Events;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Inventory;

/// <summary>From which warehouses a seller's orders are filled.</summary>
public class RoutingRuleTests(InventoryAlone souk)
{
    [Fact]
    public async Task Orders_are_filled_by_the_first_rule_that_fits_the_country_and_as_ever_without_one()
    {
        var (seller, offer, north, south) = await TwoWarehouses();
        Assert.Equal([(north, 2)], await Filled(offer, 2, "DE"));

        var rule = await Post(seller, "/routing-rules", new
        {
            name = "South first", countries = new[] { "IT", "ES" }, warehouse_ids = new[] { south },
            prefer = "priority", position = 1,
        });
        await Post(seller, "/routing-rules", new { name = "Whole", countries = Array.Empty<string>(),
            warehouse_ids = Array.Empty<Guid>(), prefer = "most_stock", split = false });
        Assert.Equal([(south, 2)], await Filled(offer, 2, "IT"));
        // 6 in the north, 4 in the south: by most stock, and none of it split.
        Assert.Equal([(north, 1)], await Filled(offer, 1, "DE"));
        Assert.Empty(await Filled(offer, 8, "DE"));

        var path = $"/routing-rules/{rule.GetProperty("id").GetGuid()}";
        await Put(seller, path, new
        {
            name = "South first", countries = new[] { "IT" }, warehouse_ids = new[] { south }, prefer = "priority",
            split = true, position = 1, active = false,
        });
        Assert.Equal([(north, 1)], await Filled(offer, 1, "IT"));
        foreach (var one in (await Get(seller, "/routing-rules")).GetProperty("data").EnumerateArray().ToList())
            await Body(await seller.DeleteAsync($"/routing-rules/{one.GetProperty("id").GetGuid()}", Ct), 204);
        Assert.Equal([(north, 4), (south, 4)], await Filled(offer, 8, "DE"));
        Assert.Equal(5,
            (await souk.Query(
                "select 1 from inventory.audit where action like 'routing_rule.%' and company_id = $1", _ => 1,
            rule.GetProperty("company_id").GetGuid())).Count);
    }

    [Fact]
    public async Task A_rule_of_a_region_decides_where_the_postcode_begins_so_also_when_the_reservation_had_ended()
    {
        var (seller, offer, north, south) = await TwoWarehouses();
        var rule = await Post(seller, "/routing-rules", new
        {
            name = "Lazio", countries = new[] { "IT" }, postcode_prefixes = new[] { " 00", "01-1" },
            warehouse_ids = new[] { south }, prefer = "priority",
        });
        Assert.Equal(["00", "01-1"], rule.GetProperty("postcode_prefixes").EnumerateArray().Select(one => one.GetString()!));

        Assert.Equal([(south, 1)], await Filled(offer, 1, "IT", "00 118"));
        Assert.Equal([(south, 1)], await Filled(offer, 1, "IT", "011-00"));
        Assert.Equal([(north, 1)], await Filled(offer, 1, "IT", "01010"));
        Assert.Equal([(north, 1)], await Filled(offer, 1, "IT", "0"));
        Assert.Equal([(north, 1)], await Filled(offer, 1, "IT", postcode: null));
        Assert.Equal([(north, 1)], await Filled(offer, 1, "DE", "00118"));

        // Its reservation is gone by the time it is confirmed: the pieces are taken again, by the same rule.
        var order = InventoryBed.Order((offer, 1)) with { Country = "IT", Postcode = "00118" };
        await souk.Run(db => new OnOrderConfirmed(db).Handle([InventoryBed.Confirmed(order)], Ct));
        Assert.Equal([(south, 1)], await Filled(order));

        await Put(seller, $"/routing-rules/{rule.GetProperty("id").GetGuid()}", new
        {
            name = "Italy", countries = new[] { "IT" }, warehouse_ids = new[] { south }, prefer = "priority", split = true,
            position = 1, active = true,
        });
        Assert.Equal([(south, 1)], await Filled(offer, 1, "IT", "01010"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" - ")]
    [InlineData("123456789012345678901")]
    public async Task A_region_of_every_postcode_or_of_none_is_refused(string prefix)
    {
        var seller = souk.Seller(await souk.Company());
        object Rule(params string[] prefixes) => new
        {
            name = "Region", countries = Array.Empty<string>(), postcode_prefixes = prefixes, warehouse_ids = Array.Empty<Guid>(),
            prefer = "priority",
        };

        var problem = await Post(seller, "/routing-rules", Rule("10", prefix), 422);

        Assert.Equal(("validation_failed", "/postcode_prefixes/1"),
            (Code(problem), problem.GetProperty("errors")[0].GetProperty("pointer").GetString()));
        Assert.Empty((await Get(seller, "/routing-rules")).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Strangers_see_no_rules_and_bad_ones_are_explained()
    {
        var (seller, _, north, _) = await TwoWarehouses();
        var stranger = souk.Seller(await souk.Company());
        var rule = await Post(seller, "/routing-rules", Rule("Mine", north));
        var path = $"/routing-rules/{rule.GetProperty("id").GetGuid()}";

        await Get(stranger, path, 404);
        await Put(stranger, path, new { name = "x", countries = Array.Empty<string>(),
            warehouse_ids = Array.Empty<Guid>(), prefer = "priority", split = true, position = 1, active = true }, 404);
        await Body(await stranger.DeleteAsync(path, Ct), 404);
        Assert.Empty((await Get(stranger, "/routing-rules")).GetProperty("data").EnumerateArray());
        Assert.Equal("unknown_warehouse", Code(await Post(stranger, "/routing-rules", Rule("Theirs", north), 422)));
        Assert.Equal("already_exists", Code(await Post(seller, "/routing-rules", Rule("mine", north), 409)));
        Assert.Equal("unknown_country", Code(await Post(seller, "/routing-rules", new { name = "y",
            countries = new[] { "Italy" }, warehouse_ids = Array.Empty<Guid>(), prefer = "priority" }, 422)));
        await Post(seller, "/routing-rules", new { name = "y", countries = Array.Empty<string>(),
            warehouse_ids = Array.Empty<Guid>(), prefer = "luck" }, 422);
        await Post(souk.Guest(), "/routing-rules", Rule("z", north), 401);
        Assert.Equal("Mine", (await Get(seller, path)).GetProperty("name").GetString());
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static object Rule(string name, Guid warehouse) =>
        new { name, countries = Array.Empty<string>(), warehouse_ids = new[] { warehouse }, prefer = "priority" };

    private static string? Code(JsonElement problem) => problem.GetProperty("code").GetString();

    // 8 pieces in the north, which comes first, and 6 in the south.
    private async Task<(HttpClient Seller, Guid Offer, Guid North, Guid South)> TwoWarehouses()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        var (north, south) = (await Warehouse("North", 1), await Warehouse("South", 2));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 8, warehouse_id = north });
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 6, warehouse_id = south });
        return (seller, offer.OfferId, north, south);

        async Task<Guid> Warehouse(string name, int priority) => (await Post(seller, "/warehouses", new
        {
            name, priority,
            address = new { line1 = "Havenweg 12", city = "Rotterdam", postcode = "3011", country = "NL" },
        })).GetProperty("id").GetGuid();
    }

    private async Task<List<(Guid Warehouse, int Quantity)>> Filled(Guid offerId, int quantity, string country, string? postcode = null)
    {
        var order = InventoryBed.Order((offerId, quantity)) with { Country = country, Postcode = postcode };
        await souk.Run(db => new OnOrderPlaced(db).Handle([order], Ct));
        return await Filled(order);
    }

    private Task<List<(Guid Warehouse, int Quantity)>> Filled(OrderPlaced order) => souk.Query(
        """
        select warehouse_id, quantity from inventory.reservations r join inventory.warehouses w on w.id = r.warehouse_id
         where order_id = $1 order by w.priority
        """,
        row => (row.GetGuid(0), row.GetInt32(1)), order.OrderId);
}
