using System.Net;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

public sealed class ChangeOrderStatusTests(OrdersAlone orders)
{
    [Fact]
    public async Task Two_sellers_ship_and_deliver_and_the_order_stands_where_the_slower_stands()
    {
        var checkout = await orders.Captured();
        var path = $"/orders/{checkout.OrderId}";
        var (fast, slow) = (orders.Seller(checkout.Parts[0].CompanyId), orders.Seller(checkout.Parts[1].CompanyId));
        var buyer = orders.Buyer(checkout.AccountId);

        var shipped = await fast.Send($"{path}/status", new { status = "Shipped", carrier = "DHL", tracking_number = "JD01" });
        Assert.Equal("shipped", shipped.Text("status"));
        Assert.Equal("confirmed", (await buyer.Read(path)).Text("status"));
        var event1 = await orders.Heard<PartShipped>(checkout.OrderId);
        Assert.Equal((checkout.Parts[0].PartId, "DHL", "JD01"), (event1.PartId, event1.Carrier, event1.TrackingNumber));
        Assert.Equal([new LineQuantity(checkout.Lines[0].LineId, checkout.Lines[0].OfferId, 2)], event1.Lines);

        await slow.Send($"{path}/status", new { status = "shipped" });
        Assert.Equal("shipped", (await buyer.Read(path)).Text("status"));
        await fast.Send($"{path}/status", new { status = "Completed" });
        await slow.Send($"{path}/status", new { status = "delivered" });
        Assert.Equal("delivered", (await buyer.Read(path)).Text("status"));
        await orders.Heard<PartDelivered>(checkout.OrderId);

        var tracking = await buyer.Read($"{path}/tracking");
        Assert.Contains(tracking.GetProperty("parts").EnumerateArray(), part => part.Text("tracking_number") == "JD01" && part.Text("status") == "delivered");
        var timeline = (await buyer.Read($"{path}/timeline")).GetProperty("entries").EnumerateArray().Select(entry => $"{entry.Text("actor")} {entry.Text("to")}");
        Assert.Equal(
            ["buyer pending", "system confirmed", "system confirmed", "seller shipped", "seller shipped", "seller shipped", "seller delivered", "seller delivered", "seller delivered"],
            timeline);
        var hidden = (await fast.Read($"{path}/timeline")).GetRawText();
        Assert.DoesNotContain(checkout.Parts[1].PartId.ToString(), hidden, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_ships_before_its_money_was_captured()
    {
        var checkout = OrdersAlone.Checkout();
        await orders.Say(checkout);
        await orders.Heard<OrderPlaced>(checkout.OrderId);
        await orders.Say(new StockReserved(checkout.OrderId, TimeProvider.System.GetUtcNow().AddHours(1)));
        await orders.Heard<PaymentDue>(checkout.OrderId);
        await orders.Say(new PaymentsAuthorized(checkout.OrderId));
        await orders.Heard<OrderConfirmed>(checkout.OrderId);

        var problem = await orders.Seller(checkout.Parts[0].CompanyId).Send($"/orders/{checkout.OrderId}/status", new { status = "shipped" }, HttpStatusCode.Conflict);
        Assert.Equal("not_captured", problem.Text("code"));
        Assert.DoesNotContain("PartShipped", await orders.Said(checkout.OrderId));
    }

    [Theory]
    [InlineData("delivered")]
    [InlineData("pending")]
    [InlineData("Processing")]
    public async Task A_move_that_does_not_exist_is_refused_with_the_moves_that_do(string status)
    {
        var checkout = await orders.Captured();
        var problem = await orders.Seller(checkout.Parts[0].CompanyId).Send($"/orders/{checkout.OrderId}/status", new { status }, HttpStatusCode.Conflict);
        Assert.Equal(("order_move", "confirmed"), (problem.Text("code"), problem.Text("state")));
        Assert.Equal(["shipped", "cancelled"], problem.GetProperty("allowed").EnumerateArray().Select(word => word.GetString()));
    }

    [Fact]
    public async Task A_seller_cancels_the_own_part_and_the_last_one_ends_the_order()
    {
        var checkout = await orders.Captured();
        var path = $"/orders/{checkout.OrderId}/status";
        await orders.Seller(checkout.Parts[0].CompanyId).Send(path, new { status = "cancelled", reason = "broken" });
        var part = await orders.Heard<PartCancelled>(checkout.OrderId);
        Assert.Equal((checkout.Parts[0].PartId, 2100, "seller"), (part.PartId, part.RefundMinor, part.Reason));

        await orders.Seller(checkout.Parts[1].CompanyId).Send(path, new { status = "cancelled" });
        var order = await orders.Heard<OrderCancelled>(checkout.OrderId);
        Assert.Equal([new LineQuantity(checkout.Lines[1].LineId, checkout.Lines[1].OfferId, 1)], order.Lines);
        Assert.True(order.WasConfirmed);
        Assert.Equal("cancelled", await orders.Column(checkout.OrderId, "status"));
    }

    [Fact]
    public async Task A_retry_with_its_key_ships_once_and_is_answered_the_same()
    {
        var checkout = await orders.Captured();
        var seller = orders.Seller(checkout.Parts[0].CompanyId);
        seller.DefaultRequestHeaders.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        var first = await seller.Send($"/orders/{checkout.OrderId}/status", new { status = "shipped" });
        var second = await seller.Send($"/orders/{checkout.OrderId}/status", new { status = "shipped" });
        Assert.Equal(first.GetRawText(), second.GetRawText());
        Assert.Single(await orders.Said(checkout.OrderId), "PartShipped");
    }

    [Fact]
    public async Task A_stranger_finds_no_order_a_buyer_may_not_ship_and_another_sellers_part_is_none()
    {
        var checkout = await orders.Captured();
        var path = $"/orders/{checkout.OrderId}/status";
        await orders.Seller(Guid.CreateVersion7()).Send(path, new { status = "shipped" }, HttpStatusCode.NotFound);
        await orders.Buyer(checkout.AccountId).Send(path, new { status = "shipped" }, HttpStatusCode.Forbidden);
        await orders.Guest(checkout.OrderId).Send(path, new { status = "shipped" }, HttpStatusCode.Unauthorized);
        var problem = await orders.Seller(checkout.Parts[0].CompanyId).Send(
            path, new { status = "shipped", part_id = checkout.Parts[1].PartId }, HttpStatusCode.UnprocessableEntity);
        Assert.Equal("unknown_part", problem.GetProperty("errors")[0].Text("code"));
        Assert.DoesNotContain("PartShipped", await orders.Said(checkout.OrderId));
    }

    [Fact]
    public async Task A_bad_body_is_explained_and_changes_nothing()
    {
        var checkout = await orders.Captured();
        var seller = orders.Seller(checkout.Parts[0].CompanyId);
        var path = $"/orders/{checkout.OrderId}/status";
        await seller.Send(path, new { status = "lost" }, HttpStatusCode.UnprocessableEntity);
        await seller.Send(path, new { status = 3 }, HttpStatusCode.BadRequest);
        await seller.Send(path, new { }, HttpStatusCode.BadRequest);
        await seller.Send(path, new { status = "shipped", price = 1 }, HttpStatusCode.BadRequest);
        await seller.Send(path, new { status = "shipped", carrier = new string('x', 81) }, HttpStatusCode.UnprocessableEntity);
        Assert.DoesNotContain("PartShipped", await orders.Said(checkout.OrderId));
    }

    [Fact]
    public async Task What_sellers_change_stands_in_the_audit_trail()
    {
        var checkout = await orders.Captured();
        await orders.Seller(checkout.Parts[0].CompanyId).Send($"/orders/{checkout.OrderId}/status", new { status = "shipped" });
        Assert.Equal(["order.shipped"], await orders.Rows(
            "select action from orders.audit where entity_id = $1 and company_id = $2", row => row.GetString(0), checkout.OrderId, checkout.Parts[0].CompanyId));
    }
}
