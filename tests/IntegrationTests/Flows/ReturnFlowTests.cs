using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Flows;

/// <summary>What was bought and does not stay as it was: edits, parcels, returns, with a look into stock and books.</summary>
[Trait("Shape", "both")]
public sealed class ReturnFlowTests(SoukServer souk)
{
    private readonly Street street = new(souk.Client, souk.Approve);

    [Fact]
    public async Task A_line_is_lowered_shipped_in_two_parcels_and_returned_and_everything_adds_up()
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 10);
        await street.OnSale(lamp);
        var buyer = await street.Buyer();
        var order = await buyer.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 4));
        var (path, total) = ($"/orders/{order.Id()}", order.GetProperty("totals").Minor("total"));
        var line = order.GetProperty("parts")[0].GetProperty("lines")[0].Id();
        await Eventually(async () => Assert.Equal(total, (await buyer.Read(path)).Minor("captured")));

        using var edited = await buyer.PutAsJsonAsync(
            path, new { lines = Pieces(line, 3) }, TestContext.Current.CancellationToken);
        await Answers.Body(edited, HttpStatusCode.OK);
        await Refunded(buyer, path, total / 4);
        await Eventually(async () => Assert.Equal((10, 3), await souk.Stock(lamp)));

        await stall.Http.Send($"{path}/status", new { status = "shipped", lines = Pieces(line, 1) });
        await Eventually(async () => Assert.Equal((9, 2), await souk.Stock(lamp)));
        await stall.Moves(order.Id(), "shipped");
        await Eventually(async () => Assert.Equal((7, 0), await souk.Stock(lamp)));
        await stall.Moves(order.Id(), "delivered");

        var wish = await buyer.Send(
            "/returns", new { order_id = order.Id(), reason = "damaged", lines = Pieces(line, 2) },
            HttpStatusCode.Created);
        var (back, number) = ($"/returns/{wish.Id()}", order.Text("number"));
        await stall.Http.Hears($"Somebody wants to return a part of order {number}");
        await stall.Http.Send($"{back}/approve", new { refund_delivery = true });
        object[] came = [new { line_id = line, quantity = 2, condition = "new" }];
        await stall.Http.Send($"{back}/receive", new { lines = came });

        await Eventually(async () => Assert.Equal("refunded", (await buyer.Read(back)).Text("status")));
        await buyer.Hears($"You may send back: your order {number}");
        await buyer.Hears($"Your return of order {number} has arrived");
        await Refunded(buyer, path, total / 4 * 3);
        await Eventually(async () => Assert.Equal((9, 0), await souk.Stock(lamp)));
        Assert.Equal("partly_returned", (await buyer.Read(path)).Text("status"));
        Assert.Equal(total / 4, await Clearing(order));
        Assert.Equal(0, await souk.Value<long>(
            "select coalesce(sum(amount_minor), 0)::bigint from payments.ledger_entries where order_id = $1",
            order.Id()));
    }

    [Fact]
    public async Task What_was_refunded_before_is_not_refunded_again_when_it_comes_back()
    {
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 5);
        await street.OnSale(lamp);
        var buyer = await street.Buyer();
        var order = await buyer.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 1));
        var line = order.GetProperty("parts")[0].GetProperty("lines")[0].Id();
        var total = order.GetProperty("totals").Minor("total");
        await Eventually(
            async () => Assert.Equal(total, (await buyer.Read($"/orders/{order.Id()}")).Minor("captured")));
        await stall.Moves(order.Id(), "shipped");
        await stall.Moves(order.Id(), "delivered");
        using var goodwill = new HttpRequestMessage(HttpMethod.Post, "/refunds")
        {
            Content = JsonContent.Create(new { order_id = order.Id(), company_id = stall.CompanyId, reason = "late" }),
        };
        goodwill.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        await Answers.Body(
            await stall.Http.SendAsync(goodwill, TestContext.Current.CancellationToken), HttpStatusCode.Created);
        await Refunded(buyer, $"/orders/{order.Id()}", total);

        var wish = await buyer.Send(
            "/returns", new { order_id = order.Id(), reason = "other", lines = Pieces(line, 1) },
            HttpStatusCode.Created);
        await stall.Http.Send($"/returns/{wish.Id()}/approve", new { });
        object[] came = [new { line_id = line, quantity = 1, condition = "new" }];
        await stall.Http.Send($"/returns/{wish.Id()}/receive", new { lines = came });

        await Eventually(async () =>
        {
            var ended = await buyer.Read($"/returns/{wish.Id()}");
            Assert.Equal(("refunded", 0), (ended.Text("status"), ended.Minor("refunded")));
        });
        Assert.Equal(total, (await buyer.Read($"/orders/{order.Id()}")).Minor("refunded"));
        Assert.Equal(0, await Clearing(order));
    }

    private static object[] Pieces(Guid line, int quantity) => [new { line_id = line, quantity }];

    private static Task Refunded(HttpClient buyer, string path, long amount) =>
        Eventually(async () => Assert.Equal(amount, (await buyer.Read(path)).Minor("refunded")));

    private Task<long> Clearing(JsonElement order) => souk.Value<long>("""
        select coalesce(sum(amount_minor), 0)::bigint from payments.ledger_entries
         where order_id = $1 and account = 'gateway_clearing'
        """, order.Id());
}
