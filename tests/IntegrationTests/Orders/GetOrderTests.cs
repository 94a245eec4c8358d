using System.Net;
using System.Text.Json;
using Souk.Contracts.Carts;
using Souk.Contracts.Orders;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

public sealed class GetOrderTests(OrdersAlone orders)
{
    [Fact]
    public async Task Its_buyer_sees_all_of_it_and_the_contact()
    {
        var checkout = await orders.Captured();
        var answer = await orders.Buyer(checkout.AccountId).GetAsync($"/orders/{checkout.OrderId}", TestContext.Current.CancellationToken);

        var order = await Answers.Body(answer, HttpStatusCode.OK);
        Assert.NotNull(answer.Headers.ETag);
        Assert.Equal("confirmed", order.Text("status"));
        Assert.Equal(2, order.GetProperty("parts").GetArrayLength());
        Assert.Equal("ada@example.com", order.GetProperty("contact").Text("email"));
        Assert.Equal(2700, order.GetProperty("captured").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task The_answer_of_the_checkout_is_the_order_as_it_is_read_without_its_contact()
    {
        var checkout = OrdersAlone.Checkout();
        checkout = await orders.Captured(checkout);
        var answered = (await orders.Heard<OrderConfirmed>(checkout.OrderId)).Answer.Body;

        var order = await orders.Buyer(checkout.AccountId).Read($"/orders/{checkout.OrderId}");
        // The money was captured after the answer; all else is the same, member by member.
        string[] later = ["contact", "captured_at", "captured"];
        Assert.Equal(Members(JsonElement.Parse(answered), later), Members(order, later));
    }

    [Fact]
    public async Task A_guest_reads_it_with_its_token_and_not_without()
    {
        var checkout = await orders.Captured(OrdersAlone.Checkout() with { AccountId = null });
        Assert.Equal(checkout.OrderId, (await orders.Guest(checkout.OrderId).Read($"/orders/{checkout.OrderId}")).GetProperty("id").GetGuid());
        await orders.Guest().Read($"/orders/{checkout.OrderId}", HttpStatusCode.NotFound);
        await orders.Guest(Guid.CreateVersion7()).Read($"/orders/{checkout.OrderId}", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_seller_sees_the_own_part_and_nothing_of_the_others()
    {
        var checkout = await orders.Captured();
        var (mine, other) = (checkout.Parts[0].CompanyId, checkout.Parts[1].CompanyId);

        var order = await orders.Seller(mine).Read($"/orders/{checkout.OrderId}");
        Assert.Equal([mine], order.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("company_id").GetGuid()));
        Assert.Equal(2100, order.GetProperty("totals").GetProperty("total").GetProperty("amount").GetInt64());
        foreach (var hidden in new[] { "account_id", "captured", "refunded", "action" })
            Assert.Equal(JsonValueKind.Null, order.GetProperty(hidden).ValueKind);
        Assert.Equal(0, order.GetProperty("coupon_codes").GetArrayLength());
        var contact = order.GetProperty("contact");
        Assert.Equal("Berlin", contact.GetProperty("shipping").Text("city"));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (contact.GetProperty("email").ValueKind, contact.GetProperty("billing").ValueKind));
        Assert.DoesNotContain(other.ToString(), order.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"amount\":2700", order.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seller_does_not_see_what_was_never_sold()
    {
        var checkout = OrdersAlone.Checkout();
        await orders.Say(checkout);
        await orders.Heard<OrderPlaced>(checkout.OrderId);
        await orders.Seller(checkout.Parts[0].CompanyId).Read($"/orders/{checkout.OrderId}", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_stranger_learns_nothing_not_even_that_it_exists()
    {
        var checkout = await orders.Captured();
        foreach (var stranger in new[] { orders.Buyer(), orders.Seller(Guid.CreateVersion7()), orders.Guest() })
            foreach (var path in new[] { "", "/tracking", "/timeline" })
            {
                var (foreign, absent) = (
                    await stranger.Read($"/orders/{checkout.OrderId}{path}", HttpStatusCode.NotFound),
                    await stranger.Read($"/orders/{Guid.CreateVersion7()}{path}", HttpStatusCode.NotFound));
                Assert.Equal(Members(absent, ["trace_id", "instance"]), Members(foreign, ["trace_id", "instance"]));
            }
    }

    [Fact]
    public async Task An_api_key_sees_its_companys_part_and_not_what_its_maker_bought()
    {
        var checkout = await orders.Captured();
        var account = checkout.AccountId!.Value;
        await orders.Program(account, Guid.CreateVersion7()).Read($"/orders/{checkout.OrderId}", HttpStatusCode.NotFound);
        Assert.Equal(0, (await orders.Program(account, Guid.CreateVersion7()).Read("/orders")).GetProperty("data").GetArrayLength());

        var seller = orders.Program(account, checkout.Parts[0].CompanyId);
        var order = await seller.Read($"/orders/{checkout.OrderId}");
        Assert.Equal(1, order.GetProperty("parts").GetArrayLength());
        Assert.Equal(1, (await seller.Read("/orders")).GetProperty("data").GetArrayLength());
        Assert.Equal("shipped", (await seller.Send($"/orders/{checkout.OrderId}/status", new { status = "shipped" })).Text("status"));
    }

    [Fact]
    public async Task The_seeds_name_shows_the_same()
    {
        var checkout = await orders.Captured();
        var staff = orders.Staff();
        Assert.Equal((await staff.Read($"/orders/{checkout.OrderId}")).GetRawText(), (await staff.Read($"/order/{checkout.OrderId}")).GetRawText());
    }

    [Fact]
    public async Task What_did_not_change_is_not_sent_again()
    {
        var checkout = await orders.Captured();
        var buyer = orders.Buyer(checkout.AccountId);
        var first = await buyer.GetAsync($"/orders/{checkout.OrderId}", TestContext.Current.CancellationToken);
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/orders/{checkout.OrderId}");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await buyer.SendAsync(again, TestContext.Current.CancellationToken)).StatusCode);
    }

    private static Dictionary<string, string> Members(JsonElement json, string[] without) =>
        json.EnumerateObject().Where(member => !without.Contains(member.Name)).ToDictionary(member => member.Name, member => member.Value.GetRawText());
}
