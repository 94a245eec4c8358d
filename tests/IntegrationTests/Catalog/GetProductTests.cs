using System.Net;
using System.Net.Http.Json;

namespace Souk.IntegrationTests.Catalog;

public class GetProductTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_sees_a_published_product_and_is_told_when_it_has_not_changed()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Oak lamp");
        var guest = souk.Client();

        var first = await guest.GetAsync($"/products/{product.Id}", Ct);
        var tag = first.Headers.ETag!;
        guest.DefaultRequestHeaders.IfNoneMatch.Add(tag);
        var second = await guest.GetAsync($"/products/{product.Id}", Ct);

        Assert.Equal("Oak lamp", (await first.Json()).Text("name"));
        Assert.False(tag.IsWeak);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal(tag, second.Headers.ETag);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync(Ct));
    }

    [Fact]
    public async Task A_new_price_shows_at_once()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", price: 100);
        var guest = souk.Client();

        for (var price = 200; price < 230; price++)
        {
            await guest.GetJson($"/products/{product.Id}");
            var changed = await seller.Http.PutAsJsonAsync($"/offers/{product.OfferId}", new { price = new { amount = price, currency = "EUR" } }, Ct);
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
            var shown = await guest.GetJson($"/products/{product.Id}");
            Assert.Equal(price, shown.GetProperty("price").GetProperty("amount").GetInt64());
        }
    }

    [Fact]
    public async Task No_reader_keeps_an_old_price_while_it_changes_under_load()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", price: 1);
        var settled = 1L;
        using var done = new CancellationTokenSource();
        var stale = 0;
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var guest = souk.Client();
            while (!done.IsCancellationRequested)
            {
                var known = Volatile.Read(ref settled);
                var shown = (await guest.GetJson($"/products/{product.Id}")).GetProperty("price").GetProperty("amount").GetInt64();
                if (shown < known)
                    Interlocked.Increment(ref stale);
            }
        }, Ct)).ToArray();

        for (var price = 2L; price <= 100; price++)
        {
            (await seller.Http.PutAsJsonAsync($"/offers/{product.OfferId}", new { price = new { amount = price, currency = "EUR" } }, Ct)).EnsureSuccessStatusCode();
            Volatile.Write(ref settled, price);
        }
        await done.CancelAsync();
        await Task.WhenAll(readers);

        Assert.Equal(0, stale);
    }

    [Fact]
    public async Task Stock_is_what_inventory_said_last()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", stock: 5);
        var guest = souk.Client();
        Assert.Equal(5, (await guest.GetJson($"/products/{product.Id}")).GetProperty("stock").GetInt64());

        await souk.Available((product.OfferId, 40, 8), (product.OfferId, 41, 9));
        Assert.Equal(41, (await guest.GetJson($"/products/{product.Id}")).GetProperty("stock").GetInt64());

        await souk.Available((product.OfferId, 7, 3));
        Assert.Equal(41, (await guest.GetJson($"/products/{product.Id}")).GetProperty("stock").GetInt64());
    }

    [Fact]
    public async Task The_cheapest_of_several_sellers_is_the_price_and_all_stock_counts()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        var product = await anna.Sells("Lamp", price: 300, stock: 2);

        var offered = await ben.Http.PostAsJsonAsync($"/products/{product.Id}/offers", new { price = new { amount = 250, currency = "EUR" }, stock = 3 }, Ct);

        Assert.Equal(HttpStatusCode.Created, offered.StatusCode);
        var shown = await souk.Client().GetJson($"/products/{product.Id}");
        Assert.Equal((250, 5), (shown.GetProperty("price").GetProperty("amount").GetInt64(), shown.GetProperty("stock").GetInt64()));
        Assert.Equal([ben.CompanyId, anna.CompanyId], shown.GetProperty("offers").EnumerateArray().Select(o => o.Id("company_id")));
    }

    [Fact]
    public async Task Every_replica_forgets_what_one_has_changed()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", price: 100, stock: 5);
        await using var replica = await souk.Replica();
        async Task Shows(long price, long stock)
        {
            var shown = await replica.Http.GetJson($"/products/{product.Id}");
            Assert.Equal((price, stock), (shown.GetProperty("price").GetProperty("amount").GetInt64(), shown.GetProperty("stock").GetInt64()));
        }

        // Long before its time would be over: what ends the answer is the event.
        var limit = TimeSpan.FromSeconds(8);
        await Shows(100, 5);
        for (var price = 200; price <= 220; price += 10)
        {
            (await seller.Http.PutAsJsonAsync($"/offers/{product.OfferId}", new { price = new { amount = price, currency = "EUR" } }, Ct)).EnsureSuccessStatusCode();
            var now = price;
            await Eventual.Eventually(() => Shows(now, 5), limit);
        }
        // A version far above those of the stock that Inventory itself made of the first five.
        await souk.Available((product.OfferId, 4, 1000));
        await Eventual.Eventually(() => Shows(220, 4), limit);
    }

    [Fact]
    public async Task A_draft_is_there_for_its_company_and_the_staff_only()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        var draft = await anna.Sells("Secret", more: new { status = "draft" });

        await souk.Client().GetAsync($"/products/{draft.Id}", Ct).Refuses(404, "not_found");
        await ben.Http.GetAsync($"/products/{draft.Id}", Ct).Refuses(404, "not_found");
        await ben.Http.PostAsJsonAsync($"/products/{draft.Id}/offers", new { price = new { amount = 1, currency = "EUR" } }, Ct).Refuses(404, "not_found");
        await ben.Http.GetAsync($"/products/{draft.Id}/offers", Ct).Refuses(404, "not_found");
        await souk.Client().GetAsync($"/offers/{draft.OfferId}", Ct).Refuses(404, "not_found");
        Assert.Equal("draft", (await anna.Http.GetJson($"/products/{draft.Id}")).Text("status"));
        Assert.Equal("draft", (await souk.Staff().GetJson($"/products/{draft.Id}")).Text("status"));
    }

    [Fact]
    public async Task A_suspended_company_sells_nothing_until_it_is_approved_again()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");
        var guest = souk.Client();
        Assert.Single((await guest.GetJson($"/products/{product.Id}")).GetProperty("offers").EnumerateArray());

        await souk.Company(seller.CompanyId, "suspended", 2);
        Assert.Empty((await guest.GetJson($"/products/{product.Id}")).GetProperty("offers").EnumerateArray());
        await souk.Company(seller.CompanyId, "approved", 3);
        Assert.Single((await guest.GetJson($"/products/{product.Id}")).GetProperty("offers").EnumerateArray());

        var states = await souk.Published<Contracts.Catalog.OfferChanged>(product.OfferId);
        Assert.Equal([(true, 1L), (false, 2L), (true, 3L)], states.Select(s => (s.Active, s.Version)));
    }

    [Fact]
    public async Task A_closed_shop_sells_nothing()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");

        await souk.Shop(seller.ShopIds[0], seller.CompanyId, "closed", 2);

        Assert.Empty((await souk.Client().GetJson($"/products/{product.Id}")).GetProperty("offers").EnumerateArray());
    }

    [Fact]
    public async Task An_id_that_is_none_is_not_there()
    {
        await souk.Client().GetAsync("/products/lamp", Ct).Refuses(404, "not_found");
        await souk.Client().GetAsync($"/products/{Guid.CreateVersion7()}", Ct).Refuses(404, "not_found");
    }

    [Fact]
    public async Task The_seeds_route_shows_the_same()
    {
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp");

        Assert.Equal(
            await souk.Client().GetStringAsync($"/products/{product.Id}", Ct), await souk.Client().GetStringAsync($"/product/{product.Id}", Ct));
    }
}
