using System.Net.Http.Json;
using System.Text.Json;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Inventory;

/// <summary>Warehouses of sellers and of operators who store for others.</summary>
public class WarehouseTests(InventoryAlone souk)
{
    private static readonly object Address = new { line1 = "Havenweg 12", city = "Rotterdam", postcode = "3011", country = "NL" };

    [Fact]
    public async Task A_seller_adds_changes_and_closes_a_warehouse()
    {
        var seller = souk.Seller(await souk.Company());
        var first = await Post(seller, "/warehouses", new { name = "North", address = Address });
        var second = await Post(seller, "/warehouses", new { name = "South", address = Address, capacity = 10, priority = 5 });
        Assert.True(first.GetProperty("is_default").GetBoolean());
        Assert.False(second.GetProperty("is_default").GetBoolean());
        var id = second.GetProperty("id").GetString();

        var changed = await Put(seller, $"/warehouses/{id}", Change("South 2", isDefault: true));
        Assert.Equal((true, 2L), (changed.GetProperty("is_default").GetBoolean(), changed.GetProperty("version").GetInt64()));
        Assert.False((await Get(seller, $"/warehouses/{first.GetProperty("id")}")).GetProperty("is_default").GetBoolean());

        Assert.Equal(204, (int)(await seller.DeleteAsync($"/warehouses/{first.GetProperty("id")}", Ct)).StatusCode);
        await Get(seller, $"/warehouses/{first.GetProperty("id")}", 404);
        Assert.Equal(["South 2"], Names(await Get(seller, "/warehouses")));
        Assert.Equal(["South 2"], Names(await Get(seller, "/inventory/warehouses")));
    }

    [Fact]
    public async Task A_strangers_warehouse_is_not_there_and_an_operators_is()
    {
        var (seller, stranger, storing) = (await souk.Company(), await souk.Company(), await souk.Company("warehouse_operator"));
        var mine = await Post(souk.Seller(seller), "/warehouses", new { name = "Mine", address = Address });
        var theirs = await Post(souk.Seller(storing), "/warehouses", new { name = "Storage", address = Address });
        var (mineId, theirsId) = (mine.GetProperty("id").GetString(), theirs.GetProperty("id").GetString());

        await Get(souk.Seller(stranger), $"/warehouses/{mineId}", 404);
        await Put(souk.Seller(stranger), $"/warehouses/{mineId}", Change("Taken"), 404);
        Assert.Equal(404, (int)(await souk.Seller(stranger).DeleteAsync($"/warehouses/{mineId}", Ct)).StatusCode);
        await Get(souk.Seller(stranger), $"/warehouses/{theirsId}");
        await Put(souk.Seller(stranger), $"/warehouses/{theirsId}", Change("Taken"), 404);
        await Get(souk.Staff(), $"/warehouses/{mineId}");
        Assert.Contains(mineId, (await Get(souk.Staff(), $"/warehouses?company_id={seller}")).GetProperty("data").EnumerateArray()
            .Select(w => w.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task What_is_wrong_with_a_warehouse_is_said_at_once_and_nothing_is_made()
    {
        var company = await souk.Company();
        var seller = souk.Seller(company);
        var problem = await Post(seller, "/warehouses", new { name = "", address = new { line1 = "x", city = "y", country = "nl" }, capacity = 0 }, 422);
        Assert.Equal(["/address/country", "/capacity", "/name"],
            problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()).Order());
        await Post(seller, "/warehouses", new { name = "x", address = Address, colour = "red" }, 400);
        await Post(seller, "/warehouses", new { name = "x", address = Address, company_id = Guid.CreateVersion7() }, 422);
        await Post(souk.Seller(company, await souk.Company()), "/warehouses", new { name = "x", address = Address }, 422);
        await Post(souk.Guest(), "/warehouses", new { name = "x", address = Address }, 401);
        await Post(souk.SignedIn("customer", [], []), "/warehouses", new { name = "x", address = Address }, 403);
        Assert.Empty(Names(await Get(seller, "/warehouses")));

        await Post(seller, "/warehouses", new { name = "One", address = Address });
        var twice = await Post(seller, "/warehouses", new { name = "one", address = Address }, 409);
        Assert.Equal("already_exists", twice.GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_same_key_adds_one_warehouse()
    {
        var seller = souk.Seller(await souk.Company());
        var ids = new List<string?>();
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/warehouses") { Content = JsonContent.Create(new { name = "North", address = Address }) };
            request.Headers.Add("Idempotency-Key", "a-key");
            ids.Add((await Body(await seller.SendAsync(request, Ct), 201)).GetProperty("id").GetString());
        }
        Assert.Single(ids.Distinct());
        Assert.Single(Names(await Get(seller, "/warehouses")));
    }

    [Fact]
    public async Task A_stale_tag_changes_nothing()
    {
        var seller = souk.Seller(await souk.Company());
        var id = (await Post(seller, "/warehouses", new { name = "North", address = Address })).GetProperty("id").GetString();
        await Put(seller, $"/warehouses/{id}", Change("North 2", isDefault: true));
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/warehouses/{id}") { Content = JsonContent.Create(Change("North 3", isDefault: true)) };
        request.Headers.Add("If-Match", "\"1\"");

        await Body(await seller.SendAsync(request, Ct), 412);

        Assert.Equal("North 2", (await Get(seller, $"/warehouses/{id}")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_warehouse_with_goods_stays_and_one_that_stops_shipping_sells_nothing()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        var id = (await Post(seller, "/warehouses", new { name = "North", address = Address })).GetProperty("id").GetString();
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 3 });

        Assert.Equal("warehouse_not_empty", (await Body(await seller.DeleteAsync($"/warehouses/{id}", Ct), 409)).GetProperty("code").GetString());
        await Put(seller, $"/warehouses/{id}", Change("North", isDefault: true, active: false));

        Assert.Equal(0, (await Get(souk.Guest(), $"/inventory/availability?offer_ids={offer.OfferId}")).GetProperty("data")[0].GetProperty("available").GetInt64());
        await Eventually(async () => Assert.Equal([3, 0], await souk.Query(
            "select (payload->>'available')::bigint from inventory.log where type = 'AvailabilityChanged' and key = $1 order by pos",
            row => row.GetInt64(0), offer.OfferId)));
    }

    [Fact]
    public async Task The_list_pages_without_holes()
    {
        var company = await souk.Company();
        var seller = souk.Seller(company);
        for (var i = 0; i < 5; i++)
            await Post(seller, "/warehouses", new { name = $"W{4 - i}", address = Address });
        foreach (var sort in new[] { "created_at", "-created_at", "name" })
        {
            var (names, cursor) = (new List<string>(), "");
            do
            {
                var page = await Get(seller, $"/warehouses?limit=2&sort={sort}&company_id={company}{cursor}");
                names.AddRange(Names(page));
                cursor = page.GetProperty("next_cursor").GetString() is { } next ? $"&cursor={next}" : null;
            }
            while (cursor is not null);
            Assert.Equal(sort == "created_at" ? ["W4", "W3", "W2", "W1", "W0"] : ["W0", "W1", "W2", "W3", "W4"], names);
        }
        await Get(seller, "/warehouses?sort=password", 400);
    }

    [Fact]
    public async Task The_short_form_takes_the_country_of_its_company()
    {
        var seller = souk.Seller(await souk.Company());
        var made = await Post(seller, "/inventory/warehouse", new { name = "Seed", location = "Dock 4", capacity = 100 });
        Assert.Equal("NL", made.GetProperty("address").GetProperty("country").GetString());
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static object Change(string name, bool isDefault = false, bool active = true) =>
        new { name, address = Address, capacity = (long?)null, priority = 5, is_default = isDefault, active };

    private static IEnumerable<string> Names(JsonElement page) => page.GetProperty("data").EnumerateArray()
        .Select(w => w.GetProperty("name").GetString()!).Where(name => name != "Storage");
}
