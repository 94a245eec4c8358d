using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

public sealed class ChangeOrderTests(OrdersAlone orders)
{
    [Theory]
    [InlineData("orders")]
    [InlineData("order")]
    public async Task A_buyer_sends_the_order_to_another_contact_of_theirs(string name)
    {
        var checkout = await orders.Captured();
        var contact = orders.Keeps(checkout.AccountId!.Value, "DE");
        var changed = await Put(orders.Buyer(checkout.AccountId), $"/{name}/{checkout.OrderId}", new { contact_id = contact });

        Assert.Equal(contact, changed.GetProperty("contact_id").GetGuid());
        Assert.Equal("Hamburg", changed.GetProperty("contact").GetProperty("shipping").Text("city"));
        Assert.Equal("20095", changed.Text("postcode"));
        Assert.Equal(2700, changed.GetProperty("totals").GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task Another_country_or_a_strangers_contact_is_refused()
    {
        var checkout = await orders.Captured();
        var buyer = orders.Buyer(checkout.AccountId);
        var path = $"/orders/{checkout.OrderId}";
        var abroad = await Put(buyer, path, new { contact_id = orders.Keeps(checkout.AccountId!.Value, "FR") }, HttpStatusCode.UnprocessableEntity);
        Assert.Equal("wrong_country", abroad.GetProperty("errors")[0].Text("code"));
        var foreign = await Put(buyer, path, new { contact_id = orders.Keeps(Guid.CreateVersion7(), "DE") }, HttpStatusCode.UnprocessableEntity);
        Assert.Equal("unknown_contact", foreign.GetProperty("errors")[0].Text("code"));
        Assert.Equal(checkout.ContactId.ToString(), await orders.Column(checkout.OrderId, "contact_id"));
    }

    [Fact]
    public async Task After_a_part_was_shipped_it_stays_where_it_goes()
    {
        var checkout = await orders.Captured();
        await orders.Seller(checkout.Parts[0].CompanyId).Send($"/orders/{checkout.OrderId}/status", new { status = "shipped" });
        var body = new { contact_id = orders.Keeps(checkout.AccountId!.Value, "DE") };
        Assert.Equal("order_move", (await Put(orders.Buyer(checkout.AccountId), $"/orders/{checkout.OrderId}", body, HttpStatusCode.Conflict)).Text("code"));
    }

    [Fact]
    public async Task A_stranger_finds_nothing_a_seller_may_not_and_a_bad_body_is_explained()
    {
        var checkout = await orders.Captured();
        var path = $"/orders/{checkout.OrderId}";
        var body = new { contact_id = orders.Keeps(checkout.AccountId!.Value, "DE") };
        await Put(orders.Buyer(), path, body, HttpStatusCode.NotFound);
        await Put(orders.Guest(checkout.OrderId), path, body, HttpStatusCode.Unauthorized);
        await Put(orders.Seller(checkout.Parts[0].CompanyId), path, body, HttpStatusCode.Forbidden);
        await Put(orders.Buyer(checkout.AccountId), path, new { contact_id = "here" }, HttpStatusCode.BadRequest);
        await Put(orders.Buyer(checkout.AccountId), path, new { contact_id = body.contact_id, status = "shipped" }, HttpStatusCode.BadRequest);
        Assert.Equal(checkout.ContactId.ToString(), await orders.Column(checkout.OrderId, "contact_id"));
    }

    private static async Task<JsonElement> Put(HttpClient client, string path, object body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await client.PutAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        return await Answers.Body(answer, expected);
    }
}
