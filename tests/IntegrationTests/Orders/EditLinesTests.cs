using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.Contracts.Carts;
using Souk.Contracts.Orders;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

/// <summary>Lines that go down before they leave: their money goes back, their stock is free, and nothing is rewritten.</summary>
public sealed class EditLinesTests(OrdersAlone orders)
{
    [Fact]
    public async Task A_buyer_lowers_a_line_and_its_money_goes_back()
    {
        var (checkout, path) = await Bought();
        var buyer = orders.Buyer(checkout.AccountId);

        var edited = await Put(buyer, path, Lines((checkout.Lines[0].LineId, 1), (checkout.Lines[1].LineId, 1)));

        // 10.00 of the goods and half of the delivery of 1.00; the line has 0.19 of tax.
        var due = await orders.Heard<RefundDue>(checkout.OrderId);
        Assert.Equal(("edit", checkout.Parts[0].CompanyId), (due.Reason, due.CompanyId));
        var back = Assert.Single(due.Lines);
        Assert.Equal((checkout.Lines[0].LineId, 1050, 10), (back.LineId, back.TotalMinor, back.TaxMinor));
        var off = await orders.Heard<PiecesTakenOff>(checkout.OrderId);
        Assert.Equal([new LineQuantity(checkout.Lines[0].LineId, checkout.Lines[0].OfferId, 1)], off.Lines);
        var line = edited.GetProperty("parts").EnumerateArray().SelectMany(part => part.GetProperty("lines").EnumerateArray())
            .Single(one => one.GetProperty("id").GetGuid() == checkout.Lines[0].LineId);
        Assert.Equal((2, 1), (Number(line, "quantity"), Number(line, "taken_off")));
        Assert.Equal(2700, edited.GetProperty("totals").GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Contains(
            (await buyer.Read($"{path}/timeline")).GetProperty("entries").EnumerateArray(),
            entry => entry.Text("reason") == "pieces_taken_off" && entry.Text("note") == "too many");

        // What is left leaves as a whole.
        var shipped = await orders.Seller(
            checkout.Parts[0].CompanyId).Send($"{path}/status", new { status = "shipped" });
        Assert.Equal("shipped", shipped.Text("status"));
        Assert.Equal(1, Assert.Single((await orders.Heard<PartShipped>(checkout.OrderId)).Lines).Quantity);
    }

    [Fact]
    public async Task A_part_of_which_nothing_stays_is_cancelled_and_the_others_go_on()
    {
        var (checkout, path) = await Bought();

        await Put(orders.Buyer(checkout.AccountId), path, Lines((checkout.Lines[0].LineId, 2)));

        var cancelled = await orders.Heard<PartCancelled>(checkout.OrderId);
        Assert.Equal((checkout.Parts[1].PartId, 600), (cancelled.PartId, cancelled.RefundMinor));
        Assert.DoesNotContain("RefundDue", await orders.Said(checkout.OrderId));
        Assert.Equal("confirmed", await orders.Column(checkout.OrderId, "status"));
    }

    [Fact]
    public async Task What_goes_back_when_an_edited_part_is_cancelled_is_what_was_left()
    {
        var (checkout, path) = await Bought();
        var seller = orders.Seller(checkout.Parts[0].CompanyId);
        await Put(seller, path, Lines((checkout.Lines[0].LineId, 1)));

        await seller.Send($"{path}/status", new { status = "cancelled" });

        var cancelled = await orders.Heard<PartCancelled>(checkout.OrderId);
        Assert.Equal((1050, 1), (cancelled.RefundMinor, Assert.Single(cancelled.Lines).Quantity));
    }

    [Fact]
    public async Task A_seller_takes_off_what_they_do_not_have_and_the_part_has_left()
    {
        var (checkout, path) = await Bought();
        var (line, seller) = (checkout.Lines[0].LineId, orders.Seller(checkout.Parts[0].CompanyId));
        await seller.Send(
            $"{path}/status", new { status = "shipped", lines = new[] { new { line_id = line, quantity = 1 } } });

        var fewer = await Put(seller, path, Lines((line, 0)), HttpStatusCode.Conflict);
        Assert.Equal("order_move", fewer.Text("code"));
        var buyers = Lines((line, 1), (checkout.Lines[1].LineId, 1));
        var refused = await Put(orders.Buyer(checkout.AccountId), path, buyers, HttpStatusCode.Conflict);
        Assert.Equal("order_move", refused.Text("code"));

        Assert.Equal("shipped", (await Put(seller, path, Lines((line, 1)))).Text("status"));
        Assert.Equal(1, Assert.Single((await orders.Heard<PiecesTakenOff>(checkout.OrderId)).Lines).Quantity);
    }

    [Fact]
    public async Task Nothing_at_all_more_by_a_seller_and_anothers_lines_are_refused()
    {
        var (checkout, path) = await Bought();
        var (buyer, seller) = (orders.Buyer(checkout.AccountId), orders.Seller(checkout.Parts[0].CompanyId));
        var (one, two) = (checkout.Lines[0].LineId, checkout.Lines[1].LineId);
        async Task Refused(HttpClient who, object body, HttpStatusCode status, string code) =>
            Assert.Equal(code, (await Put(who, path, body, status)).Text("code"));

        await Refused(buyer, Lines((one, 0)), HttpStatusCode.Conflict, "nothing_stays");
        await Refused(seller, Lines((one, 3)), HttpStatusCode.Forbidden, "forbidden");
        await Refused(buyer, Lines((one, 1), (one, 1)), HttpStatusCode.UnprocessableEntity, "duplicate_line");
        await Refused(seller, Lines((one, 1), (two, 1)), HttpStatusCode.UnprocessableEntity, "unknown_line");
        await Refused(buyer, new { }, HttpStatusCode.UnprocessableEntity, "nothing_to_change");
        await Put(buyer, path, Lines((one, -1)), HttpStatusCode.UnprocessableEntity);
        await Put(orders.Buyer(), path, Lines((one, 1)), HttpStatusCode.NotFound);
        Assert.DoesNotContain("RefundDue", await orders.Said(checkout.OrderId));
    }

    private async Task<(CheckoutStarted Checkout, string Path)> Bought()
    {
        var checkout = await orders.Captured();
        return (checkout, $"/orders/{checkout.OrderId}");
    }

    private static object Lines(params (Guid Id, int Quantity)[] lines) =>
        new { lines = lines.Select(line => new { line_id = line.Id, quantity = line.Quantity }), reason = "too many" };

    private static int Number(JsonElement json, string member) => json.GetProperty(member).GetInt32();

    private static async Task<JsonElement> Put(
        HttpClient client, string path, object body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await client.PutAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        return await Answers.Body(answer, expected);
    }
}
