using System.Net;
using Souk.Contracts.Carts;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Orders;

public sealed class CancelOrderTests(OrdersAlone orders)
{
    [Fact]
    public async Task A_buyer_cancels_a_paid_order_before_it_ships()
    {
        var checkout = await orders.Captured();
        await orders.Buyer(checkout.AccountId).Remove($"/orders/{checkout.OrderId}?reason=too+late");

        var cancelled = await orders.Heard<OrderCancelled>(checkout.OrderId);
        Assert.Equal(("buyer", true, 2), (cancelled.Reason, cancelled.WasConfirmed, cancelled.Lines.Length));
        var order = await orders.Buyer(checkout.AccountId).Read($"/orders/{checkout.OrderId}");
        Assert.Equal(("cancelled", "buyer"), (order.Text("status"), order.Text("cancel_reason")));
        Assert.All(order.GetProperty("parts").EnumerateArray(), part => Assert.Equal("cancelled", part.Text("status")));
    }

    [Fact]
    public async Task A_guest_cancels_with_the_token_of_the_order_through_the_seeds_name()
    {
        var checkout = await orders.Captured(OrdersAlone.Checkout() with { AccountId = null });
        await orders.Guest(checkout.OrderId).Remove($"/order/{checkout.OrderId}");
        await orders.Heard<OrderCancelled>(checkout.OrderId);
    }

    [Fact]
    public async Task An_order_that_waits_for_its_payment_is_cancelled_without_a_sale()
    {
        var checkout = await Pending();
        await orders.Say(new PaymentActionRequired(
            checkout.OrderId, checkout.Payments[0].PaymentId, "bank_slip", "https://slip.example", TimeProvider.System.GetUtcNow().AddDays(3)));
        await orders.Heard<OrderAwaitsPayment>(checkout.OrderId);

        await orders.Buyer(checkout.AccountId).Remove($"/orders/{checkout.OrderId}");
        Assert.False((await orders.Heard<OrderCancelled>(checkout.OrderId)).WasConfirmed);
    }

    [Fact]
    public async Task A_pending_order_is_refused_and_its_checkout_answered()
    {
        var checkout = await Pending();
        await orders.Buyer(checkout.AccountId).Remove($"/orders/{checkout.OrderId}");
        Assert.Equal((409, "cancelled"), await Refusal(checkout));
    }

    [Fact]
    public async Task A_part_is_cancelled_and_the_order_goes_on_until_something_shipped()
    {
        var checkout = await orders.Captured();
        var buyer = orders.Buyer(checkout.AccountId);
        await buyer.Remove($"/orders/{checkout.OrderId}?part_id={checkout.Parts[1].PartId}");
        Assert.Equal(600, (await orders.Heard<PartCancelled>(checkout.OrderId)).RefundMinor);
        Assert.Equal("confirmed", (await buyer.Read($"/orders/{checkout.OrderId}")).Text("status"));

        await orders.Seller(checkout.Parts[0].CompanyId).Send($"/orders/{checkout.OrderId}/status", new { status = "shipped" });
        var problem = await buyer.Remove($"/orders/{checkout.OrderId}", HttpStatusCode.Conflict);
        Assert.Equal(("order_move", "shipped"), (problem.Text("code"), problem.Text("state")));
        await buyer.Remove($"/orders/{checkout.OrderId}?part_id={Guid.CreateVersion7()}", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Cancelling_twice_is_refused_and_says_it_once()
    {
        var checkout = await orders.Captured();
        var staff = orders.Staff();
        await staff.Remove($"/orders/{checkout.OrderId}");
        Assert.Equal("cancelled", (await staff.Remove($"/orders/{checkout.OrderId}", HttpStatusCode.Conflict)).Text("state"));
        await orders.Heard<OrderCancelled>(checkout.OrderId);
        Assert.Single(await orders.Said(checkout.OrderId), "OrderCancelled");
    }

    [Fact]
    public async Task A_stale_tag_is_refused()
    {
        var checkout = await orders.Captured();
        var buyer = orders.Buyer(checkout.AccountId);
        buyer.DefaultRequestHeaders.Add("If-Match", "\"1\"");
        Assert.Equal("stale", (await buyer.Remove($"/orders/{checkout.OrderId}", HttpStatusCode.PreconditionFailed)).Text("code"));
    }

    [Fact]
    public async Task A_stranger_cancels_nothing_and_a_seller_the_own_part_only()
    {
        var checkout = await orders.Captured();
        foreach (var stranger in new[] { orders.Buyer(), orders.Guest(), orders.Seller(Guid.CreateVersion7()) })
            await stranger.Remove($"/orders/{checkout.OrderId}", HttpStatusCode.NotFound);
        var seller = orders.Seller(checkout.Parts[0].CompanyId);
        await seller.Remove($"/orders/{checkout.OrderId}?part_id={checkout.Parts[1].PartId}", HttpStatusCode.NotFound);
        Assert.Equal(["OrderPlaced", "PaymentDue", "OrderConfirmed"], await orders.Said(checkout.OrderId));

        await seller.Remove($"/orders/{checkout.OrderId}");
        Assert.Equal(checkout.Parts[0].PartId, (await orders.Heard<PartCancelled>(checkout.OrderId)).PartId);
    }

    private async Task<(int, string)> Refusal(CheckoutStarted checkout)
    {
        var refused = await orders.Heard<OrderRefused>(checkout.OrderId);
        return (refused.Answer.Status, refused.Code);
    }

    private async Task<CheckoutStarted> Pending()
    {
        var checkout = OrdersAlone.Checkout();
        await orders.Say(checkout);
        await orders.Heard<OrderPlaced>(checkout.OrderId);
        await orders.Say(new StockReserved(checkout.OrderId, TimeProvider.System.GetUtcNow().AddHours(1)));
        await orders.Heard<PaymentDue>(checkout.OrderId);
        return checkout;
    }
}
