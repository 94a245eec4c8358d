using Souk.Contracts.Carts;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Orders;

public sealed class WatchOrdersTests(OrdersAlone orders)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly DateTimeOffset Later = TimeProvider.System.GetUtcNow().AddHours(1);

    [Fact]
    public async Task An_order_without_an_answer_about_its_stock_waits_once_more_and_is_then_refused()
    {
        var checkout = OrdersAlone.Checkout();
        await orders.Say(checkout);

        await Eventually(async () => Assert.Equal(["OrderPlaced", "OrderRefused"], await orders.Said(checkout.OrderId)), Patience);
        Assert.Equal("timed_out", (await orders.Heard<OrderRefused>(checkout.OrderId)).Code);
    }

    [Fact]
    public async Task An_order_without_an_answer_about_its_payment_waits_once_more_and_goes_on_when_that_comes()
    {
        var checkout = OrdersAlone.Checkout();
        await orders.Say(checkout, new StockReserved(checkout.OrderId, Later));
        await orders.Heard<OrderPlaced>(checkout.OrderId);
        await orders.Say(new StockReserved(checkout.OrderId, Later));

        await Eventually(async () => Assert.Equal("1", await orders.Column(checkout.OrderId, "overdue")), Patience);
        await orders.Say(new PaymentsAuthorized(checkout.OrderId));
        await orders.Stands(checkout.OrderId, "confirmed");
    }

    [Fact]
    public async Task An_order_that_is_not_paid_in_time_is_cancelled()
    {
        var checkout = await Paying();
        await orders.Say(new PaymentActionRequired(
            checkout.OrderId, checkout.Payments[0].PaymentId, "redirect", "https://bank.example", TimeProvider.System.GetUtcNow().AddSeconds(1)));

        await Eventually(async () => Assert.Equal("cancelled", await orders.Column(checkout.OrderId, "status")), Patience);
        var cancelled = await orders.Heard<OrderCancelled>(checkout.OrderId);
        Assert.Equal(("payment_expired", false), (cancelled.Reason, cancelled.WasConfirmed));
    }

    [Fact]
    public async Task Money_that_does_not_come_is_a_failed_capture()
    {
        var checkout = await Paying();
        await orders.Say(new PaymentsAuthorized(checkout.OrderId));

        await Eventually(async () => Assert.Equal("capture_failed", await orders.Column(checkout.OrderId, "status")), Patience);
        await orders.Say(new PaymentCaptured(checkout.OrderId, "EUR", 2700));
        await orders.Stands(checkout.OrderId, "confirmed");
    }

    private async Task<CheckoutStarted> Paying()
    {
        var checkout = OrdersAlone.Checkout();
        await orders.Say(checkout);
        await orders.Heard<OrderPlaced>(checkout.OrderId);
        await orders.Say(new StockReserved(checkout.OrderId, Later));
        await orders.Heard<PaymentDue>(checkout.OrderId);
        return checkout;
    }
}
