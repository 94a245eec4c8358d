using System.Net;
using System.Text.Json;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

public sealed class ListOrdersTests(OrdersAlone orders)
{
    [Fact]
    public async Task A_buyer_pages_through_their_own_orders_newest_first_and_backwards()
    {
        var account = Guid.CreateVersion7();
        var placed = new List<Guid>();
        for (var i = 0; i < 5; i++)
            placed.Add((await orders.Captured(OrdersAlone.Checkout() with { AccountId = account })).OrderId);
        await orders.Captured();

        var buyer = orders.Buyer(account);
        Assert.Equal(Enumerable.Reverse(placed), await Pages(buyer, "/orders?limit=2"));
        Assert.Equal(placed, await Pages(buyer, "/orders?limit=2&sort=created_at"));
    }

    [Fact]
    public async Task A_seller_of_two_companies_sees_the_parts_of_both_and_of_one_when_asked()
    {
        var (one, two) = (await orders.Captured(), await orders.Captured());
        var (mine, also) = (one.Parts[0].CompanyId, two.Parts[1].CompanyId);
        var seller = orders.Seller(mine, also);

        var page = await seller.Read("/orders");
        Assert.Equal([two.OrderId, one.OrderId], Ids(page));
        Assert.Equal([600, 2100], page.GetProperty("data").EnumerateArray().Select(order => order.GetProperty("total").GetProperty("amount").GetInt64()));
        Assert.All(page.GetProperty("data").EnumerateArray(), order => Assert.Equal(1, order.GetProperty("parts").GetArrayLength()));
        Assert.All(page.GetProperty("data").EnumerateArray(), order => Assert.Equal(JsonValueKind.Null, order.GetProperty("account_id").ValueKind));

        Assert.Equal([one.OrderId], Ids(await seller.Read($"/orders?company_id={mine}")));
        Assert.Equal("forbidden", (await seller.Read($"/orders?company_id={one.Parts[1].CompanyId}", HttpStatusCode.Forbidden)).Text("code"));
    }

    [Fact]
    public async Task Staff_sees_all_and_filters_by_number_company_state_and_time()
    {
        var checkout = await orders.Captured();
        var staff = orders.Staff();
        var number = (await staff.Read($"/orders/{checkout.OrderId}")).Text("number");

        Assert.Equal([checkout.OrderId], Ids(await staff.Read($"/orders?number={number}")));
        Assert.Equal([checkout.OrderId], Ids(await staff.Read($"/orders?company_id={checkout.Parts[0].CompanyId}&status=Processing")));
        Assert.Empty(Ids(await staff.Read($"/orders?company_id={checkout.Parts[0].CompanyId}&status=shipped")));
        var created = (await staff.Read($"/orders/{checkout.OrderId}")).GetProperty("created_at").GetDateTimeOffset();
        Assert.Contains(checkout.OrderId, Ids(await staff.Read($"/orders?limit=100&created_after={Time(created)}")));
        Assert.DoesNotContain(checkout.OrderId, Ids(await staff.Read($"/orders?limit=100&created_after={Time(created.AddMilliseconds(1))}")));
        Assert.DoesNotContain(checkout.OrderId, Ids(await staff.Read($"/orders?limit=100&created_before={Time(created)}")));
    }

    [Theory]
    [InlineData("?status=lost", HttpStatusCode.UnprocessableEntity, "unknown_status")]
    [InlineData("?sort=total", HttpStatusCode.BadRequest, "unknown_sort")]
    [InlineData("?limit=0", HttpStatusCode.BadRequest, "limit_out_of_range")]
    [InlineData("?cursor=abc", HttpStatusCode.BadRequest, "invalid_cursor")]
    [InlineData("?created_after=yesterday", HttpStatusCode.BadRequest, null)]
    public async Task A_wrong_filter_is_explained(string query, HttpStatusCode status, string? code)
    {
        var problem = await orders.Staff().Read("/orders" + query, status);
        if (code is not null)
            Assert.Equal(code, problem.GetProperty("errors") is { } errors && errors.GetArrayLength() > 0 ? errors[0].Text("code") : problem.Text("code"));
    }

    [Fact]
    public async Task Who_is_not_signed_in_gets_no_list() => await orders.Guest().Read("/orders", HttpStatusCode.Unauthorized);

    private static string Time(DateTimeOffset time) => Uri.EscapeDataString(time.ToString("O"));

    private static Guid[] Ids(JsonElement page) => [.. page.GetProperty("data").EnumerateArray().Select(order => order.GetProperty("id").GetGuid())];

    private static async Task<List<Guid>> Pages(HttpClient client, string path)
    {
        var (all, cursor) = (new List<Guid>(), (string?)null);
        do
        {
            var page = await client.Read(path + (cursor is null ? "" : $"&cursor={cursor}"));
            all.AddRange(Ids(page));
            cursor = page.Text("next_cursor");
        }
        while (cursor is not null);
        return all;
    }
}
