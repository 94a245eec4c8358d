using System.Net.Http.Json;
using System.Text.Json;
using Souk.Inventory.Events;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Inventory;

/// <summary>Stock as sellers and operators see and set it.</summary>
public class StockLevelTests(InventoryAlone souk)
{
    private static readonly object Address = new { line1 = "Havenweg 12", city = "Rotterdam", postcode = "3011", country = "NL" };

    [Fact]
    public async Task A_seller_counts_and_the_difference_is_a_movement()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));

        var level = await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 12, reason = "first count" });
        Assert.Equal((12, 0, 12), Counters(level));
        await Put(seller, $"/inventory/product/{offer.ProductId}/stock", new { quantity = 9 });

        var listed = Assert.Single((await Get(seller, $"/stock-levels?offer_id={offer.OfferId}")).GetProperty("data").EnumerateArray());
        Assert.Equal((9, 0, 9), Counters(listed));
        Assert.Equal([-3, 12], (await Get(seller, $"/stock-movements?offer_id={offer.OfferId}")).GetProperty("data").EnumerateArray()
            .Select(m => m.GetProperty("change").GetInt64()));
        Assert.Equal(2, (await souk.Query("select 1 from inventory.audit where entity_id = $1 and action = 'stock.set'", _ => 1, offer.OfferId)).Count);
    }

    [Fact]
    public async Task An_offer_whose_event_is_still_on_its_way_can_be_stocked()
    {
        var company = await souk.Company();
        var offer = await souk.Offer(company, heardOf: false);

        var level = await Put(souk.Seller(company), $"/stock-levels/{offer.OfferId}", new { quantity = 12 });

        Assert.Equal(offer.Sku, level.GetProperty("sku").GetString());
        await Put(souk.Seller(await souk.Company()), $"/stock-levels/{offer.OfferId}", new { quantity = 1 }, 404);
    }

    [Fact]
    public async Task A_product_with_several_offers_of_the_seller_needs_one_named()
    {
        var company = await souk.Company();
        var first = await souk.Offer(company);
        var second = await souk.Offer(company, first.ProductId);

        var problem = await Put(souk.Seller(company), $"/stock-levels/{first.ProductId}", new { quantity = 1 }, 422);

        Assert.Equal("offer_required", problem.GetProperty("code").GetString());
        Assert.Equal(new[] { first.OfferId, second.OfferId }.ToHashSet(), problem.GetProperty("offers").EnumerateArray().Select(o => o.GetProperty("offer_id").GetGuid()).ToHashSet());
    }

    [Fact]
    public async Task A_count_that_rests_on_old_figures_is_refused()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 5 });

        var problem = await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 8, expected = 4 }, 409);
        Assert.Equal(("stock_changed", 5L), (problem.GetProperty("code").GetString(), problem.GetProperty("on_hand").GetInt64()));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 8, expected = 5 });
        using var stale = new HttpRequestMessage(HttpMethod.Put, $"/stock-levels/{offer.OfferId}") { Content = JsonContent.Create(new { quantity = 1 }) };
        stale.Headers.Add("If-Match", "\"1\"");
        await Body(await seller.SendAsync(stale, Ct), 412);
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = -1 }, 422);
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = "8" }, 400);
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { }, 400);
    }

    [Fact]
    public async Task What_orders_have_reserved_cannot_be_counted_or_moved_away()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 5 });
        await souk.Run(db => new OnOrderPlaced(db).Handle([InventoryBed.Order((offer.OfferId, 3))], Ct));

        Assert.Equal("reserved_pieces", (await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 2 }, 409)).GetProperty("code").GetString());
        Assert.Equal("not_enough_stock", (await Post(
            seller, "/stock-movements", new { kind = "out", offer_id = offer.OfferId, quantity = 3, reason = "broken" },
            409)).GetProperty("code").GetString());
        await Post(seller, "/stock-movements", new { kind = "out", offer_id = offer.OfferId, quantity = 2, reason = "broken" });

        Assert.Equal((3, 3, 0), Counters((await Get(seller, $"/stock-levels?offer_id={offer.OfferId}")).GetProperty("data")[0]));
    }

    [Fact]
    public async Task A_stranger_does_not_learn_that_the_stock_exists()
    {
        var company = await souk.Company();
        var offer = await souk.Offer(company);
        await Put(souk.Seller(company), $"/stock-levels/{offer.OfferId}", new { quantity = 5 });
        var stranger = souk.Seller(await souk.Company());

        await Put(stranger, $"/stock-levels/{offer.OfferId}", new { quantity = 0 }, 404);
        await Post(
            stranger, "/stock-movements",
            new { kind = "out", offer_id = offer.OfferId, quantity = 1, reason = "broken" }, 404);
        await Get(stranger, $"/inventory/product/{offer.ProductId}", 404);
        foreach (var list in new[] { "/stock-levels", "/stock-movements", "/inventory/products" })
            Assert.Empty((await Get(stranger, list)).GetProperty("data").EnumerateArray());
        await Get(souk.Guest(), "/stock-levels", 401);
        Assert.Equal(5, (await Get(souk.Staff(), $"/inventory/product/{offer.ProductId}")).GetProperty("available").GetInt64());
    }

    [Fact]
    public async Task An_operator_sees_and_counts_what_was_given_to_them_and_nothing_else()
    {
        var (company, storing) = (await souk.Company(), await souk.Company("warehouse_operator"));
        var (seller, storekeeper) = (souk.Seller(company), souk.Seller(storing));
        var (offer, other) = (await souk.Offer(company), await souk.Offer(company));
        var storage = (await Post(storekeeper, "/warehouses", new { name = "Storage", address = Address })).GetProperty("id").GetGuid();
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 7 });
        await Post(seller, "/stock-movements", new { kind = "transfer", offer_id = offer.OfferId, quantity = 4, to_warehouse_id = storage });

        Assert.Equal((4, 0, 4), Counters(Assert.Single((await Get(storekeeper, "/stock-levels")).GetProperty("data").EnumerateArray())));
        Assert.Equal(4, (await Get(storekeeper, $"/inventory/product/{offer.ProductId}")).GetProperty("on_hand").GetInt64());
        Assert.Equal(7, (await Get(seller, $"/inventory/product/{offer.ProductId}")).GetProperty("on_hand").GetInt64());
        await Put(storekeeper, $"/stock-levels/{offer.OfferId}", new { quantity = 3, warehouse_id = storage, reason = "one broken" });
        await Put(storekeeper, $"/stock-levels/{offer.OfferId}", new { quantity = 3 }, 422);
        await Put(storekeeper, $"/stock-levels/{other.OfferId}", new { quantity = 3, warehouse_id = storage }, 404);
        var own = (await Get(seller, $"/stock-levels?offer_id={offer.OfferId}&sort=available")).GetProperty("data")[0].GetProperty("warehouse_id").GetGuid();
        await Put(souk.Seller(await souk.Company()), $"/stock-levels/{offer.OfferId}", new { quantity = 3, warehouse_id = own }, 404);
        Assert.Equal(2, (await Get(storekeeper, "/stock-movements")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_transfer_moves_pieces_and_two_movements_say_so()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Post(seller, "/stock-movements", new { kind = "in", offer_id = offer.OfferId, quantity = 10, reason = "delivery 4711" });
        var south = (await Post(seller, "/warehouses", new { name = "South", address = Address, capacity = 6 })).GetProperty("id").GetGuid();

        var moved = await Post(seller, "/stock-movements", new { kind = "transfer", offer_id = offer.OfferId, quantity = 4, to_warehouse_id = south });
        Assert.Equal([-4, 4], moved.GetProperty("movements").EnumerateArray().Select(m => m.GetProperty("change").GetInt64()));
        Assert.Single(moved.GetProperty("movements").EnumerateArray().Select(m => m.GetProperty("transfer_id").GetGuid()).Distinct());
        Assert.Equal([6, 4], moved.GetProperty("levels").EnumerateArray().Select(l => l.GetProperty("on_hand").GetInt64()));
        var full = await Post(seller, "/stock-movements", new { kind = "transfer", offer_id = offer.OfferId, quantity = 3, to_warehouse_id = south }, 409);
        Assert.Equal("capacity_exceeded", full.GetProperty("code").GetString());
        await Post(seller, "/stock-movements", new { kind = "transfer", offer_id = offer.OfferId, quantity = 1 }, 422);
        await Post(seller, "/stock-movements", new { kind = "in", offer_id = offer.OfferId, quantity = 0 }, 422);
        await Post(seller, "/stock-movements", new { kind = "gift", offer_id = offer.OfferId, quantity = 1 }, 422);
        foreach (var (kind, reason) in new[] { ("out", null), ("out", ""), ("adjust", " ") })
            Assert.Equal("reason_required", (await Post(
                seller, "/stock-movements", new { kind, offer_id = offer.OfferId, quantity = 1, reason }, 422))
                .GetProperty("code").GetString());
        await Post(seller, "/stock-movements", new { kind = "adjust", offer_id = offer.OfferId, quantity = -2, reason = "lost" });

        Assert.Equal(8, (await Get(seller, $"/inventory/product/{offer.OfferId}")).GetProperty("on_hand").GetInt64());
        Assert.Equal(["adjust", "transfer", "transfer", "in"], (await Get(seller, $"/stock-movements?offer_id={offer.OfferId}")).GetProperty("data")
            .EnumerateArray().Select(m => m.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task A_sync_answers_row_by_row()
    {
        var company = await souk.Company();
        var seller = souk.Seller(company);
        var (a, b, c) = (await souk.Offer(company), await souk.Offer(company), await souk.Offer(await souk.Company()));
        await Put(seller, $"/stock-levels/{b.OfferId}", new { quantity = 4 });

        var answer = await Post(seller, "/stock-levels/sync", new
        {
            reason = "nightly",
            rows = new object[]
            {
                new { sku = a.Sku, quantity = 7 },
                new { offer_id = b.OfferId, quantity = 5, expected = 4 },
                new { offer_id = b.OfferId, quantity = 6, expected = 4 },
                new { sku = b.Sku, quantity = 5 },
                new { offer_id = c.OfferId, quantity = 1 },
                new { sku = c.Sku, quantity = 1 },
                new { offer_id = a.OfferId, quantity = 1, warehouse_id = Guid.CreateVersion7() },
                new { quantity = 1 },
            },
        }, 200);

        Assert.Equal(
            ["changed ", "changed ", "refused stock_changed", "unchanged ", "refused not_found", "refused not_found", "refused unknown_warehouse", "refused not_found"],
            answer.GetProperty("data").EnumerateArray().Select(r => $"{r.GetProperty("status").GetString()} {r.GetProperty("code").GetString()}"));
        Assert.Equal([5, 7], (await Get(seller, "/stock-levels?sort=available")).GetProperty("data").EnumerateArray()
            .Select(l => l.GetProperty("on_hand").GetInt32()));
        await Post(seller, "/stock-levels/sync", new { rows = Array.Empty<object>() }, 422);
        await Post(seller, "/stock-levels/sync", new { rows = Enumerable.Repeat(new { sku = a.Sku, quantity = 1 }, 1001) }, 422);
    }

    [Fact]
    public async Task Lists_page_and_sort_without_holes()
    {
        var company = await souk.Company();
        var seller = souk.Seller(company);
        var offers = new List<Guid>();
        foreach (var quantity in new[] { 5, 1, 3, 1, 9 })
        {
            offers.Add((await souk.Offer(company)).OfferId);
            await Put(seller, $"/stock-levels/{offers[^1]}", new { quantity });
        }

        Assert.Equal([1, 1, 3, 5, 9], await Paged("/stock-levels?sort=available"));
        Assert.Equal([9, 5, 3, 1, 1], await Paged("/stock-levels?sort=-available"));
        Assert.Equal([5, 1, 3, 1, 9], await Paged("/stock-levels?sort=offer_id"));
        Assert.Equal(5, (await Paged("/stock-levels?sort=sku")).Count);
        Assert.Equal([1, 3, 1], await Paged("/stock-levels?available_below=4"));
        Assert.Equal([5, 1, 3, 1, 9], await Paged("/inventory/products?"));
        Assert.Equal([5, 1, 3, 1, 9], await Paged("/stock-movements?sort=at", "change"));
        Assert.Equal([9, 1, 3, 1, 5], await Paged("/stock-movements?", "change"));

        async Task<List<long>> Paged(string path, string value = "available")
        {
            var (all, cursor) = (new List<long>(), "");
            do
            {
                var page = await Get(seller, $"{path}&limit=2{cursor}");
                all.AddRange(page.GetProperty("data").EnumerateArray().Select(row => row.GetProperty(value).GetInt64()));
                cursor = page.GetProperty("next_cursor").GetString() is { } next ? $"&cursor={next}" : null;
            }
            while (cursor is not null);
            return all;
        }
    }

    [Fact]
    public async Task Everybody_may_ask_what_can_be_bought()
    {
        var company = await souk.Company();
        var offer = await souk.Offer(company);
        await Put(souk.Seller(company), $"/stock-levels/{offer.OfferId}", new { quantity = 5 });
        var unknown = Guid.CreateVersion7();

        var answer = await Get(souk.Guest(), $"/inventory/availability?offer_ids={offer.OfferId},{unknown}");

        Assert.Equal([5, 0], answer.GetProperty("data").EnumerateArray()
            .OrderBy(row => row.GetProperty("offer_id").GetGuid() == unknown).Select(row => row.GetProperty("available").GetInt32()));
        await Get(souk.Guest(), "/inventory/availability", 400);
        await Get(souk.Guest(), "/inventory/availability?offer_ids=nonsense", 400);
    }

    [Fact]
    public async Task The_first_stock_of_an_offer_goes_to_a_default_warehouse_made_for_it()
    {
        var company = Guid.CreateVersion7();
        var (offer, other) = (await souk.Offer(company), await souk.Offer(company));
        await souk.Run(db => new OnOfferStocked(db).Handle(
            [new(offer.OfferId, company, offer.Sku, 12, Guid.CreateVersion7()), new(other.OfferId, company, other.Sku, 3, Guid.CreateVersion7())], Ct));
        Assert.Equal("ZZ", (await souk.Query("select country from inventory.warehouses where company_id = $1", row => row.GetString(0), company)).Single());

        await souk.Run(db => new OnCompanyChanged(db).Handle([new(company, "seller", "Late", "PT", "approved", 1)], Ct));

        var warehouse = Assert.Single((await Get(souk.Seller(company), $"/warehouses?company_id={company}")).GetProperty("data").EnumerateArray());
        Assert.Equal(("PT", 2L), (warehouse.GetProperty("address").GetProperty("country").GetString(), warehouse.GetProperty("version").GetInt64()));
        Assert.Equal((12, 0, 12), Counters((await Get(souk.Seller(company), $"/stock-levels?offer_id={offer.OfferId}")).GetProperty("data")[0]));
    }

    [Fact]
    public async Task The_application_cannot_rewrite_a_movement()
    {
        foreach (var sql in new[] { "update movements set reason = 'x'", "delete from movements" })
        {
            var refusal = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => souk.Run(db => db.Execute(sql, Ct)));
            Assert.Equal("42501", refusal.SqlState);
        }
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static (long OnHand, long Reserved, long Available) Counters(JsonElement level) =>
        (level.GetProperty("on_hand").GetInt64(), level.GetProperty("reserved").GetInt64(), level.GetProperty("available").GetInt64());
}
