using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.Contracts.Carts;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

/// <summary>Goods that come back, from the wish to the money.</summary>
public sealed class ReturnTests(OrdersAlone orders)
{
    private const HttpStatusCode Created = HttpStatusCode.Created;
    private const HttpStatusCode Invalid = HttpStatusCode.UnprocessableEntity;

    [Fact]
    public async Task A_buyer_returns_one_piece_then_the_other_and_gets_what_was_paid()
    {
        var (checkout, buyer, seller) = await Delivered();
        var line = checkout.Lines[0].LineId;

        var first = await buyer.Send("/returns", Wish(checkout, line, 1, "damaged"), Created);
        Assert.Equal(("requested", "damaged"), (first.Text("status"), first.Text("reason")));
        var path = $"/returns/{first.Text("id")}";
        await seller.Send($"{path}/approve", new { refund_delivery = true, note = "Bring it." });
        var received = await seller.Send($"{path}/receive", Came(line, 1));
        Assert.Equal(("received", 1050), (received.Text("status"), Minor(received, "refund")));
        await Stands(checkout, "partly_returned");
        var due = await orders.Heard<RefundDue>(checkout.OrderId);
        Assert.Equal((1050, "return"), (Assert.Single(due.Lines).TotalMinor, due.Reason));
        Assert.Equal(1, Assert.Single((await orders.Heard<GoodsReturned>(checkout.OrderId)).Lines).Quantity);

        await orders.Say(
            new PaymentRefunded(checkout.OrderId, due.RefundId, due.CompanyId, "EUR", 1050, 1050, "return"));
        await Eventually(async () => Assert.Equal("refunded", (await buyer.Read(path)).Text("status")));
        Assert.Equal(1050, Minor(await buyer.Read(path), "refunded"));

        // The second without its delivery, and too worn to be sold again.
        var second = $"/returns/{(await buyer.Send("/returns", Wish(checkout, line, 1), Created)).Text("id")}";
        await seller.Send($"{second}/approve", new { });
        var worn = await seller.Send($"{second}/receive", Came(line, 1, "used", restock: false));
        Assert.Equal(1000, Minor(worn, "refund"));
        await Stands(checkout, "returned");
        Assert.Single(await orders.Said(checkout.OrderId), "GoodsReturned");
        var entries = (
            await buyer.Read($"/orders/{checkout.OrderId}/timeline")).GetProperty("entries").EnumerateArray();
        Assert.Equal(
            ["return_requested", "return_approved", "seller", "return_requested", "return_approved", "seller"],
            entries.Where(entry => entry.Text("part_id") is not null).Skip(2).Select(entry => entry.Text("reason")));
    }

    [Fact]
    public async Task A_refund_of_which_nothing_was_left_ends_the_return()
    {
        var (checkout, buyer, seller) = await Delivered();
        var path = await Approved(checkout, buyer, seller);
        await seller.Send($"{path}/receive", Came(checkout.Lines[0].LineId, 2));

        var due = await orders.Heard<RefundDue>(checkout.OrderId);
        await orders.Say(new RefundSkipped(checkout.OrderId, due.RefundId));

        await Eventually(async () => Assert.Equal("refunded", (await buyer.Read(path)).Text("status")));
        Assert.Equal(0, Minor(await buyer.Read(path), "refunded"));
    }

    [Fact]
    public async Task The_seller_refunds_fewer_pieces_than_came()
    {
        var (checkout, buyer, seller) = await Delivered();
        var path = await Approved(checkout, buyer, seller);
        var lines = new[] { new { line_id = checkout.Lines[0].LineId, quantity = 2, condition = "used",
            refund_quantity = 1 } };

        Assert.Equal(1000, Minor(await seller.Send($"{path}/receive", new { lines }), "refund"));
    }

    [Fact]
    public async Task A_warehouse_receives_for_the_seller_and_sees_no_money()
    {
        var (checkout, buyer, seller) = await Delivered();
        var company = Guid.CreateVersion7();
        var warehouse = orders.Warehouse(company);
        var path = await Approved(checkout, buyer, seller, company);
        Assert.Single((await warehouse.Read("/returns")).GetProperty("data").EnumerateArray());
        await orders.Warehouse(Guid.CreateVersion7()).Read(path, HttpStatusCode.NotFound);

        var lines = new[] { new { line_id = checkout.Lines[0].LineId, quantity = 2, condition = "new",
            refund_quantity = 1 } };
        await warehouse.Send($"{path}/receive", new { lines }, HttpStatusCode.Forbidden);
        await warehouse.Send($"{path}/approve", new { }, HttpStatusCode.Forbidden);
        var place = Guid.CreateVersion7();
        var received = await warehouse.Send(
            $"{path}/receive", new { lines = new[] { new { line_id = checkout.Lines[0].LineId, quantity = 2,
                condition = "new" } }, warehouse_id = place });

        Assert.Equal(JsonValueKind.Null, received.GetProperty("refund").ValueKind);
        Assert.Equal(place, (await orders.Heard<GoodsReturned>(checkout.OrderId)).WarehouseId);
        Assert.Equal(2000, Minor(await seller.Read(path), "refund"));
    }

    [Fact]
    public async Task What_is_rejected_or_withdrawn_moves_nothing_and_can_be_asked_again()
    {
        var (checkout, buyer, seller) = await Delivered();
        var wish = Wish(checkout, checkout.Lines[0].LineId, 2);
        var rejected = $"/returns/{(await buyer.Send("/returns", wish, Created)).Text("id")}";
        Assert.Equal("too_many_pieces", (await buyer.Send("/returns", wish, Invalid)).Text("code"));

        Assert.Equal("It was worn.",
            (await seller.Send($"{rejected}/reject", new { reason = "It was worn." })).Text("decision"));
        var move = await seller.Send($"{rejected}/approve", new { }, HttpStatusCode.Conflict);
        Assert.Equal(("return_move", "rejected"), (move.Text("code"), move.Text("state")));

        var withdrawn = $"/returns/{(await buyer.Send("/returns", wish, Created)).Text("id")}";
        await seller.Remove(withdrawn, HttpStatusCode.Forbidden);
        await buyer.Remove(withdrawn);
        Assert.Equal("withdrawn", (await buyer.Read(withdrawn)).Text("status"));
        Assert.DoesNotContain("RefundDue", await orders.Said(checkout.OrderId));
        await Stands(checkout, "delivered");
    }

    [Fact]
    public async Task What_was_not_delivered_is_too_old_or_of_two_sellers_is_not_returned()
    {
        var checkout = await orders.Captured();
        var buyer = orders.Buyer(checkout.AccountId);
        var wish = Wish(checkout, checkout.Lines[0].LineId, 1);
        Assert.Equal("too_many_pieces", (await buyer.Send("/returns", wish, Invalid)).Text("code"));
        foreach (var part in checkout.Parts)
            await orders.Seller(part.CompanyId).Send($"/orders/{checkout.OrderId}/status", new { status = "shipped" });
        Assert.Equal("not_returnable", (await buyer.Send("/returns", wish, HttpStatusCode.Conflict)).Text("code"));
        foreach (var part in checkout.Parts)
            await orders.Seller(
                part.CompanyId).Send($"/orders/{checkout.OrderId}/status", new { status = "delivered" });

        var both = new
        {
            order_id = checkout.OrderId, reason = "other",
            lines = checkout.Lines.Select(line => new { line_id = line.LineId, quantity = 1 }),
        };
        Assert.Equal("several_sellers", (await buyer.Send("/returns", both, Invalid)).Text("code"));
        await orders.Rows(
            "update orders.order_parts set delivered_at = now() - interval '31 days' where order_id = $1", _ =>
                0, checkout.OrderId);
        Assert.Equal("return_window_over", (await buyer.Send("/returns", wish, HttpStatusCode.Conflict)).Text("code"));
        // The seller makes an exception.
        await orders.Seller(checkout.Parts[0].CompanyId).Send("/returns", wish, Created);
    }

    [Fact]
    public async Task Strangers_see_nothing_and_a_bad_body_is_explained()
    {
        var (checkout, buyer, seller) = await Delivered();
        var line = checkout.Lines[0].LineId;
        var wish = Wish(checkout, line, 1);
        var other = orders.Seller(checkout.Parts[1].CompanyId);
        await orders.Buyer().Send("/returns", wish, HttpStatusCode.NotFound);
        await orders.Guest().Send("/returns", wish, HttpStatusCode.NotFound);
        Assert.Equal("unknown_line", (await other.Send("/returns", wish, Invalid)).Text("code"));
        await buyer.Send("/returns", Wish(checkout, line, 1, "because"), Invalid);
        await buyer.Send(
            "/returns", new { order_id = checkout.OrderId, reason = "other", lines = Array.Empty<object>() }, Invalid);

        var id = (await buyer.Send("/returns", wish, Created)).Text("id");
        foreach (var stranger in new[] { orders.Buyer(), other, orders.Guest(Guid.CreateVersion7()) })
            await stranger.Read($"/returns/{id}", HttpStatusCode.NotFound);
        await other.Send($"/returns/{id}/approve", new { }, HttpStatusCode.NotFound);
        await buyer.Send($"/returns/{id}/approve", new { }, HttpStatusCode.Forbidden);
        await orders.Guest(checkout.OrderId).Read($"/returns/{id}");
        Assert.Single((await buyer.Read($"/returns?status=requested&order_id={checkout.OrderId}")).GetProperty(
            "data").EnumerateArray());
        Assert.Empty((await buyer.Read("/returns?status=approved")).GetProperty("data").EnumerateArray());
        Assert.Empty((await orders.Buyer().Read("/returns")).GetProperty("data").EnumerateArray());
        await buyer.Read("/returns?status=lost", Invalid);

        await seller.Send($"/returns/{id}/approve", new { });
        Assert.Equal(
            "too_many_pieces", (await seller.Send($"/returns/{id}/receive", Came(line, 2), Invalid)).Text("code"));
        await seller.Send($"/returns/{id}/receive", Came(line, 1, "eaten"), Invalid);
        seller.DefaultRequestHeaders.Add("If-Match", "\"1\"");
        await seller.Send($"/returns/{id}/receive", Came(line, 1), HttpStatusCode.PreconditionFailed);
        Assert.DoesNotContain("RefundDue", await orders.Said(checkout.OrderId));
    }

    [Fact]
    public async Task A_retry_with_its_key_receives_once()
    {
        var (checkout, buyer, seller) = await Delivered();
        var path = await Approved(checkout, buyer, seller);
        seller.DefaultRequestHeaders.Add("Idempotency-Key", Guid.CreateVersion7().ToString());

        var first = await seller.Send($"{path}/receive", Came(checkout.Lines[0].LineId, 1));
        var second = await seller.Send($"{path}/receive", Came(checkout.Lines[0].LineId, 1));

        Assert.Equal(first.GetRawText(), second.GetRawText());
        Assert.Single(await orders.Said(checkout.OrderId), "RefundDue");
    }

    // The first seller's part, of two pieces, is with its buyer.
    private async Task<(CheckoutStarted Checkout, HttpClient Buyer, HttpClient Seller)> Delivered()
    {
        var checkout = await orders.Captured();
        var seller = orders.Seller(checkout.Parts[0].CompanyId);
        await seller.Send($"/orders/{checkout.OrderId}/status", new { status = "shipped" });
        await seller.Send($"/orders/{checkout.OrderId}/status", new { status = "delivered" });
        return (checkout, orders.Buyer(checkout.AccountId), seller);
    }

    private static async Task<string> Approved(
        CheckoutStarted checkout, HttpClient buyer, HttpClient seller, Guid? receiver = null)
    {
        var wish = await buyer.Send("/returns", Wish(checkout, checkout.Lines[0].LineId, 2), Created);
        var path = $"/returns/{wish.Text("id")}";
        await seller.Send($"{path}/approve", new { receiver_company_id = receiver });
        return path;
    }

    private static object Wish(CheckoutStarted checkout, Guid line, int quantity, string reason = "no_longer_wanted") =>
        new { order_id = checkout.OrderId, reason, lines = new[] { new { line_id = line, quantity } } };

    private static object Came(Guid line, int quantity, string condition = "new", bool restock = true) =>
        new { lines = new[] { new { line_id = line, quantity, condition, restock } } };

    private async Task Stands(CheckoutStarted checkout, string part) => Assert.Equal(
        part,
        Assert.Single(await orders.Rows(
            "select status from orders.order_parts where order_id = $1 and id = $2", row =>
                row.GetString(0), checkout.OrderId,
            checkout.Parts[0].PartId)));

    private static long Minor(JsonElement json, string member) =>
        json.GetProperty(member).GetProperty("amount").GetInt64();
}
