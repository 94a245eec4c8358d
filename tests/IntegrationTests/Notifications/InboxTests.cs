using System.Text.Json;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Notifications;

/// <summary>What people find in their inbox, and what they have read of it.</summary>
public class InboxTests(NotificationsAlone souk)
{
    [Fact]
    public async Task Buyers_and_sellers_find_what_concerns_them_and_nobody_else_does()
    {
        var ((buyer, _), (seller, _)) = (souk.Person(), souk.Person());
        var company = souk.Company(seller);
        var order = await souk.Sold(buyer, buyer, company);
        await souk.Shipped(order);

        var mine = await All(souk.As(buyer));
        Assert.Equal(
            [$"On its way: your order {order.Number}", $"Your order {order.Number}"],
            mine.Select(one => Text(one, "title")));
        Assert.All(mine, one => Assert.Equal(
            (order.OrderId, "orders", "unread"),
            (one.GetProperty("order_id").GetGuid(), Text(one, "kind"), Text(one, "status"))));
        var theirs = Assert.Single(await All(souk.As(seller, company)));
        Assert.Equal(
            ($"New order {order.Number}", "sales", company),
            (Text(theirs, "title"), Text(theirs, "kind"), theirs.GetProperty("company_id").GetGuid()));

        var stranger = souk.As(Guid.CreateVersion7(), Guid.CreateVersion7());
        Assert.Empty(await All(stranger));
        // Who left the company no longer sees its inbox.
        Assert.Empty(await All(souk.As(seller)));
        await Get(stranger, $"/notifications/{Text(mine[0], "id")}", 404);
        foreach (var mark in new[] { "read", "unread" })
            await Post(stranger, $"/notifications/{Text(mine[0], "id")}/{mark}", new { }, 404);
        await Get(souk.Guest(), "/notifications", 401);
    }

    [Fact]
    public async Task A_guest_has_no_inbox_and_a_reader_reads_in_their_language()
    {
        var ((buyer, _), company) = (souk.Person(), souk.Company());
        await souk.Sold(buyer, null, company);
        var order = await souk.Sold(buyer, buyer, company);
        var client = souk.As(buyer);
        client.DefaultRequestHeaders.Add("Accept-Language", "xx;q=0.1, de-DE, en;q=0.5");

        Assert.Equal($"Ihre Bestellung {order.Number}", Text(Assert.Single(await All(client)), "title"));
    }

    [Fact]
    public async Task Read_and_unread_are_kept_for_each_reader()
    {
        var ((anna, _), (bo, _), (buyer, _)) = (souk.Person(), souk.Person(), souk.Person());
        var company = souk.Company(anna, bo);
        var (annas, bos) = (souk.As(anna, company), souk.As(bo, company));
        for (var i = 0; i < 3; i++)
            await souk.Sold(buyer, null, company);
        var ids = (await All(annas)).Select(one => Text(one, "id")).ToList();
        Assert.Equal(3, await Unread(annas));

        await Post(annas, $"/notifications/{ids[0]}/read", new { }, 204);
        await Post(annas, $"/notifications/{ids[0]}/read", new { }, 204);
        Assert.Equal(2, await Unread(annas));
        Assert.Equal([ids[0]], (await All(annas, "?status=read")).Select(one => Text(one, "id")));
        Assert.Equal(ids[1..], (await All(annas, "?status=unread")).Select(one => Text(one, "id")));
        Assert.Equal(3, await Unread(bos));

        await Post(annas, "/notifications/read-all", new { }, 204);
        Assert.Equal(0, await Unread(annas));
        await Post(annas, $"/notifications/{ids[2]}/unread", new { }, 204);
        Assert.Equal([ids[2]], (await All(annas, "?status=unread")).Select(one => Text(one, "id")));
        Assert.Equal("unread", Text(await Get(annas, $"/notifications/{ids[2]}"), "status"));
        await souk.Sold(buyer, null, company);
        Assert.Equal(2, await Unread(annas));
        Assert.Equal(4, await Unread(bos));
    }

    [Fact]
    public async Task An_inbox_is_paged_without_a_hole_and_shows_what_was_not_switched_off()
    {
        var ((buyer, _), company) = (souk.Person(), souk.Company());
        var client = souk.As(buyer, company);
        for (var i = 0; i < 5; i++)
            await souk.Sold(buyer, buyer, company);
        var all = (await All(client)).Select(one => Text(one, "id")).ToList();
        Assert.Equal(10, all.Count);
        var (paged, cursor) = (new List<string?>(), "");
        do
        {
            var page = await Get(client, $"/notifications?limit=3{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            paged.AddRange(page.GetProperty("data").EnumerateArray().Select(one => Text(one, "id")));
            cursor = page.GetProperty("next_cursor").GetString() ?? "";
        }
        while (cursor.Length > 0);
        Assert.Equal(all, paged);

        await Post(client, "/notifications/unsubscribe", new { kind = "sales", channel = "inbox" }, 200);
        Assert.Equal(5, await Unread(client));
        Assert.All(await All(client), one => Assert.Equal("orders", Text(one, "kind")));
        Assert.Equal(5, (await All(client, "?kind=sales")).Count);
        await Get(client, "/notifications?status=new", 422);
    }

    [Fact]
    public async Task Staff_writes_to_an_account_or_a_company_and_nobody_else_does()
    {
        var ((reader, _), (member, _)) = (souk.Person(), souk.Person());
        var company = souk.Company(member);
        var staff = souk.Staff();
        await Post(staff, "/notifications",
            new { account_id = reader, title = "An answer", message = "Yes.", link = "/orders/1" });
        await Post(staff, "/notification/send", new { user_id = reader, message = "And no." });
        await Post(staff, "/notifications", new { company_id = company, message = "Welcome." });

        Assert.Equal(["And no.", "Yes."], (await All(souk.As(reader))).Select(one => Text(one, "message")));
        Assert.Equal("Welcome.", Text(Assert.Single(await All(souk.As(member, company))), "message"));
        await Post(souk.As(member, company), "/notifications", new { account_id = reader, message = "Psst." }, 403);
        await Post(staff, "/notifications", new { message = "To whom?" }, 422);
        await Post(
            staff, "/notifications", new { account_id = reader, company_id = company, message = "To whom?" }, 422);
        await Post(staff, "/notifications", new { account_id = Guid.CreateVersion7(), message = "Hello?" }, 422);
        foreach (var link in new[] { "javascript:alert(1)", "//evil.example", "http://x.example", @"/\evil.example" })
            await Post(staff, "/notifications", new { account_id = reader, message = "Look", link }, 422);
        Assert.Equal(2, (await All(souk.As(reader))).Count);
    }

    private static async Task<List<JsonElement>> All(HttpClient client, string query = "") =>
        [.. (await Get(client, $"/notifications{query}")).GetProperty("data").EnumerateArray()];

    private static async Task<int> Unread(HttpClient client) =>
        (await Get(client, "/notifications/unread-count")).GetProperty("unread").GetInt32();

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
