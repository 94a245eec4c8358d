using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Flows;

/// <summary>An order that goes up before it leaves, with a look into stock and books.</summary>
[Trait("Shape", "both")]
public sealed class AdditionFlowTests(SoukServer souk)
{
    private readonly Street street = new(souk.Client, souk.Approve);

    [Fact]
    public async Task A_line_is_raised_and_another_sellers_added_declined_once_paid_and_shipped()
    {
        var (stall, other) = (await street.Seller(), await street.Seller());
        var (lamp, vase) = (await stall.Sells(1000, 10), await other.Sells(700, 10));
        await street.OnSale(lamp, vase);
        var buyer = await street.Buyer();
        var (path, line, total) = await Bought(buyer, lamp);

        object[] wanted = [new { line_id = line, quantity = 3 }, new { offer_id = vase, quantity = 1 }];
        var addition = await Adds(buyer, path, wanted);
        await Stands(buyer, addition, "awaiting_payment");
        await Eventually(async () => Assert.Equal((10, 3), await souk.Stock(lamp)));
        await Eventually(async () => Assert.Equal((10, 1), await souk.Stock(vase)));

        var declined = await Pays(buyer, addition, "tok_declined");
        await Eventually(async () => Assert.Equal(
            "declined", (await buyer.Read($"/payments/{declined}")).Text("status")));
        await Eventually(async () => Assert.Contains(
            (await buyer.Read($"/orders/{addition}/timeline")).GetProperty("entries").EnumerateArray(),
            entry => entry.Text("reason") == "payment_declined"));
        Assert.Equal(total, (await buyer.Read(path)).Minor("captured"));

        await Pays(buyer, addition, "tok_success");
        await Stands(buyer, addition, "confirmed");
        await Eventually(async () => Assert.Equal(2700, (await buyer.Read($"/orders/{addition}")).Minor("captured")));
        Assert.Equal((total, total), await Money(buyer, path));
        Assert.Equal((10, 3), await souk.Stock(lamp));
        Assert.Equal(total + 2700, await souk.Value<long>("""
            select sum(amount_minor)::bigint from payments.ledger_entries
             where order_id = any($1) and account = 'gateway_clearing'
            """, new[] { Guid.Parse(path["/orders/".Length..]), addition }));

        // The same edit once more adds nothing.
        using var again = await buyer.PutAsJsonAsync(
            path, new { lines = wanted }, TestContext.Current.CancellationToken);
        await Answers.Body(again, HttpStatusCode.OK);

        await stall.Moves(addition, "shipped");
        await Eventually(async () => Assert.Equal((8, 1), await souk.Stock(lamp)));
        await other.Moves(addition, "cancelled");
        await Eventually(async () => Assert.Equal((10, 0), await souk.Stock(vase)));
        await Eventually(async () => Assert.Equal(700, (await buyer.Read($"/orders/{addition}")).Minor("refunded")));
        Assert.Equal("confirmed", (await buyer.Read(path)).Text("status"));
    }

    [Fact]
    public async Task What_was_added_and_is_cancelled_before_it_is_paid_leaves_nothing_behind()
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 10);
        await street.OnSale(lamp);
        var buyer = await street.Buyer();
        var (path, line, total) = await Bought(buyer, lamp);
        var before = (await buyer.Read(path)).GetProperty("parts").GetRawText();

        var addition = await Adds(buyer, path, new { line_id = line, quantity = 2 });
        await Stands(buyer, addition, "awaiting_payment");
        await buyer.Remove($"/orders/{addition}");

        await Eventually(async () => Assert.Equal((10, 1), await souk.Stock(lamp)));
        // A payment that comes before Payments heard of it is let go; one that comes after is refused.
        await Eventually(async () => Assert.Equal(
            "order_not_awaiting_payment",
            (await Answers.Body(await Pay(buyer, addition, "tok_declined"), HttpStatusCode.Conflict)).Text("code")));
        Assert.Equal((total, total), await Money(buyer, path));
        Assert.Equal(before, (await buyer.Read(path)).GetProperty("parts").GetRawText());
        Assert.Equal(0, await souk.Value<long>(
            "select count(*) from payments.ledger_entries where order_id = $1", addition));
    }

    private static async Task<(string Path, Guid Line, long Total)> Bought(HttpClient buyer, Guid offer)
    {
        var order = await buyer.Buys(HttpStatusCode.Created, ("card", "tok_success"), (offer, 1));
        var (path, total) = ($"/orders/{order.Id()}", order.GetProperty("totals").Minor("total"));
        await Eventually(async () => Assert.Equal((total, total), await Money(buyer, path)));
        return (path, order.GetProperty("parts")[0].GetProperty("lines")[0].Id(), total);
    }

    private static async Task<Guid> Adds(HttpClient buyer, string path, params object[] lines)
    {
        using var answer = await buyer.PutAsJsonAsync(path, new { lines }, TestContext.Current.CancellationToken);
        var order = await Answers.Body(answer, HttpStatusCode.Accepted);
        return Assert.Single(order.GetProperty("additions").EnumerateArray()).Id();
    }

    private static async Task<Guid> Pays(HttpClient buyer, Guid order, string token)
    {
        JsonElement payment = default;
        // Payments hears a moment later that the order waits.
        await Eventually(async () =>
            payment = await Answers.Body(await Pay(buyer, order, token), HttpStatusCode.Accepted));
        return payment.Id();
    }

    private static Task<HttpResponseMessage> Pay(HttpClient buyer, Guid order, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/payments")
        {
            Content = JsonContent.Create(new { order_id = order, method = "card", token }),
        };
        request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        return buyer.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<(long Total, long Captured)> Money(HttpClient buyer, string path)
    {
        var order = await buyer.Read(path);
        return (order.GetProperty("totals").Minor("total"), order.Minor("captured"));
    }

    private static Task Stands(HttpClient buyer, Guid order, string status) =>
        Eventually(async () => Assert.Equal(status, (await buyer.Read($"/orders/{order}")).Text("status")));
}
