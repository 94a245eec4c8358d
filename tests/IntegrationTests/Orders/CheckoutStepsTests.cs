using System.Text.Json;
using Souk.Contracts.Carts;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Orders;

public sealed class CheckoutStepsTests(OrdersAlone orders)
{
    private static readonly DateTimeOffset Later = TimeProvider.System.GetUtcNow().AddHours(1);

    [Fact]
    public async Task A_checkout_becomes_a_confirmed_order_with_a_part_per_seller_and_its_money_unchanged()
    {
        var checkout = await Reserved();

        var due = await orders.Heard<PaymentDue>(checkout.OrderId);
        Assert.Equal(JsonSerializer.Serialize(checkout.Lines), JsonSerializer.Serialize(due.Lines));
        Assert.Equal(checkout.Payments, due.Payments);
        Assert.Equal(checkout.TotalMinor, due.TotalMinor);

        await orders.Say(new PaymentsAuthorized(checkout.OrderId));
        var confirmed = await orders.Heard<OrderConfirmed>(checkout.OrderId);
        Assert.Equal(JsonSerializer.Serialize(checkout.Lines), JsonSerializer.Serialize(confirmed.Lines));
        Assert.Equal(checkout.Parts.ToHashSet(), confirmed.Parts.ToHashSet());
        Assert.Equal(201, confirmed.Answer.Status);
        var body = JsonElement.Parse(confirmed.Answer.Body);
        Assert.Equal("confirmed", body.GetProperty("status").GetString());
        Assert.Equal(2700, body.GetProperty("totals").GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal(2, body.GetProperty("parts").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("contact").ValueKind);
        Assert.Equal("TEN, \"quoted\"", body.GetProperty("coupon_codes")[0].GetString());
        Assert.Null(await orders.Column(checkout.OrderId, "payments"));

        await orders.Say(new PaymentCaptured(checkout.OrderId, "EUR", checkout.TotalMinor));
        await Eventually(async () => Assert.NotNull(await orders.Column(checkout.OrderId, "captured_at")));
        Assert.Null(await orders.Column(checkout.OrderId, "deadline"));
        Assert.Equal(["OrderPlaced", "PaymentDue", "OrderConfirmed"], await orders.Said(checkout.OrderId));
    }

    [Fact]
    public async Task Events_that_come_twice_have_one_effect()
    {
        var checkout = OrdersAlone.Checkout();
        await orders.Say(checkout, checkout);
        await orders.Heard<OrderPlaced>(checkout.OrderId);
        await orders.Say(new StockReserved(checkout.OrderId, Later), new StockReserved(checkout.OrderId, Later));
        await orders.Heard<PaymentDue>(checkout.OrderId);
        await orders.Say(new PaymentsAuthorized(checkout.OrderId), new PaymentsAuthorized(checkout.OrderId));
        await orders.Heard<OrderConfirmed>(checkout.OrderId);
        await orders.Say(new StockReserved(checkout.OrderId, Later), new PaymentsAuthorized(checkout.OrderId), checkout);

        await Settled();
        Assert.Equal(["OrderPlaced", "PaymentDue", "OrderConfirmed"], await orders.Said(checkout.OrderId));
        Assert.Equal(["placed", "payment_authorized"], await Timeline(checkout.OrderId));
    }

    [Fact]
    public async Task What_is_free_is_confirmed_without_a_payment()
    {
        var checkout = OrdersAlone.Checkout(free: true);
        await orders.Say(checkout);
        await orders.Say(new StockReserved(checkout.OrderId, Later));

        await orders.Heard<OrderConfirmed>(checkout.OrderId);
        Assert.Equal(["OrderPlaced", "OrderConfirmed"], await orders.Said(checkout.OrderId));
        Assert.NotNull(await orders.Column(checkout.OrderId, "captured_at"));
    }

    [Fact]
    public async Task Without_stock_it_is_refused_and_the_lines_are_named()
    {
        var checkout = OrdersAlone.Checkout();
        await orders.Say(checkout);
        var line = checkout.Lines[1];
        await orders.Say(new StockRefused(checkout.OrderId, [new MissingStock(line.LineId, line.OfferId, 1, 0)]));

        var refused = await orders.Heard<OrderRefused>(checkout.OrderId);
        Assert.Equal((409, "out_of_stock"), (refused.Answer.Status, refused.Code));
        var problem = JsonElement.Parse(refused.Answer.Body);
        Assert.Equal("/lines/1", problem.GetProperty("errors")[0].GetProperty("pointer").GetString());
        Assert.Equal(line.OfferId, problem.GetProperty("lines")[0].GetProperty("offer_id").GetGuid());
        Assert.Equal("cancelled", await orders.Column(checkout.OrderId, "status"));
    }

    [Fact]
    public async Task A_declined_payment_refuses_the_order_and_late_success_changes_nothing()
    {
        var checkout = await Reserved();
        await orders.Say(new PaymentDeclined(checkout.OrderId, checkout.Payments[0].PaymentId, "card_declined", "Take another card."));
        var refused = await orders.Heard<OrderRefused>(checkout.OrderId);
        Assert.Equal((402, "payment_declined"), (refused.Answer.Status, refused.Code));

        await orders.Say(new PaymentsAuthorized(checkout.OrderId), new PaymentCaptured(checkout.OrderId, "EUR", 2700));
        await Settled();
        Assert.Equal("cancelled", await orders.Column(checkout.OrderId, "status"));
        Assert.Equal(["OrderPlaced", "PaymentDue", "OrderRefused"], await orders.Said(checkout.OrderId));
    }

    [Fact]
    public async Task A_buyer_who_has_to_act_is_told_so_and_may_pay_in_another_way_after_a_decline()
    {
        var checkout = await Reserved();
        var payment = checkout.Payments[0].PaymentId;
        await orders.Say(new PaymentActionRequired(checkout.OrderId, payment, "redirect", "https://bank.example/1", Later.AddHours(-0.5)));
        var waits = await orders.Heard<OrderAwaitsPayment>(checkout.OrderId);
        Assert.Equal(202, waits.Answer.Status);
        Assert.Equal("https://bank.example/1", JsonElement.Parse(waits.Answer.Body).GetProperty("action").GetProperty("url").GetString());

        await orders.Say(new PaymentDeclined(checkout.OrderId, payment, "authentication_failed", "Try again."));
        await Eventually(async () => Assert.Equal("pay", await orders.Column(checkout.OrderId, "action_kind")));
        Assert.Equal("awaiting_payment", await orders.Column(checkout.OrderId, "status"));

        await orders.Say(new PaymentRetried(checkout.OrderId, Guid.CreateVersion7()), new PaymentsAuthorized(checkout.OrderId));
        await orders.Stands(checkout.OrderId, "confirmed");
    }

    [Fact]
    public async Task A_capture_that_fails_is_a_state_which_ends_well_or_with_everything_undone()
    {
        var (good, bad) = (await Confirmed(), await Confirmed());
        var payment = Guid.CreateVersion7();
        await orders.Say(new CaptureFailed(good.OrderId, payment, "gateway", false), new CaptureFailed(bad.OrderId, payment, "gateway", false));
        await orders.Stands(good.OrderId, "capture_failed");

        await orders.Say(new PaymentCaptured(good.OrderId, "EUR", 2700), new CaptureFailed(bad.OrderId, payment, "gateway", true));
        await orders.Stands(good.OrderId, "confirmed");
        var cancelled = await orders.Heard<OrderCancelled>(bad.OrderId);
        Assert.Equal(("capture_failed", true, 2), (cancelled.Reason, cancelled.WasConfirmed, cancelled.Lines.Length));
        Assert.Equal(["placed", "payment_authorized", "capture_failed", "payment_captured"], await Timeline(good.OrderId));
    }

    [Fact]
    public async Task A_reservation_that_ran_out_ends_an_unpaid_order_and_one_confirmed_in_that_moment_when_its_stock_is_gone()
    {
        var checkout = await Reserved();
        await orders.Say(new PaymentActionRequired(checkout.OrderId, checkout.Payments[0].PaymentId, "bank_slip", "https://slip.example", Later));
        await orders.Stands(checkout.OrderId, "awaiting_payment");
        var confirmed = await Confirmed();

        await orders.Say(new ReservationExpired(checkout.OrderId), new ReservationExpired(confirmed.OrderId));
        Assert.False((await orders.Heard<OrderCancelled>(checkout.OrderId)).WasConfirmed);
        Assert.Equal("confirmed", await orders.Column(confirmed.OrderId, "status"));

        // Inventory tried to take the pieces again, and others had them.
        var line = confirmed.Lines[0];
        await orders.Say(new StockRefused(confirmed.OrderId, [new MissingStock(line.LineId, line.OfferId, 2, 0)]));
        var cancelled = await orders.Heard<OrderCancelled>(confirmed.OrderId);
        Assert.Equal(("out_of_stock", true), (cancelled.Reason, cancelled.WasConfirmed));
    }

    [Fact]
    public async Task A_refund_is_shown()
    {
        var checkout = await Confirmed();
        await orders.Say(
            new PaymentCaptured(checkout.OrderId, "EUR", 2700),
            new PaymentRefunded(checkout.OrderId, Guid.CreateVersion7(), null, "EUR", 700, 700, "goodwill"),
            new PaymentRefunded(checkout.OrderId, Guid.CreateVersion7(), null, "EUR", 300, 1000, "goodwill"),
            new PaymentsVoided(checkout.OrderId));
        await Eventually(async () => Assert.Equal("1000", await orders.Column(checkout.OrderId, "refunded_minor")));
    }

    [Fact]
    public async Task A_capture_of_a_part_is_noted_and_makes_nothing_ready_to_ship()
    {
        var checkout = await Confirmed();
        var payment = Guid.CreateVersion7();
        await orders.Say(
            new CaptureFailed(checkout.OrderId, payment, "gateway", false),
            new PaymentCaptured(checkout.OrderId, "EUR", 2000));
        await Eventually(async () => Assert.Equal("2000", await orders.Column(checkout.OrderId, "captured_minor")));
        Assert.Equal("capture_failed", await orders.Column(checkout.OrderId, "status"));
        Assert.Null(await orders.Column(checkout.OrderId, "captured_at"));

        await orders.Say(new CaptureFailed(checkout.OrderId, payment, "gateway", true));
        await orders.Stands(checkout.OrderId, "cancelled");
        await orders.Say(
            new PaymentRefunded(checkout.OrderId, Guid.CreateVersion7(), null, "EUR", 2000, 2000, "capture_failed"));
        await Eventually(async () => Assert.Equal("2000", await orders.Column(checkout.OrderId, "refunded_minor")));
        Assert.Equal("2000", await orders.Column(checkout.OrderId, "captured_minor"));
    }

    private async Task<CheckoutStarted> Reserved()
    {
        var checkout = OrdersAlone.Checkout();
        await orders.Say(checkout);
        await orders.Heard<OrderPlaced>(checkout.OrderId);
        await orders.Say(new StockReserved(checkout.OrderId, Later));
        await orders.Heard<PaymentDue>(checkout.OrderId);
        return checkout;
    }

    private async Task<CheckoutStarted> Confirmed()
    {
        var checkout = await Reserved();
        await orders.Say(new PaymentsAuthorized(checkout.OrderId));
        await orders.Stands(checkout.OrderId, "confirmed");
        return checkout;
    }

    // A later event of each topic has come through: then the earlier ones have.
    private async Task Settled() => await Confirmed();

    private Task<List<string>> Timeline(Guid orderId) =>
        orders.Rows("select reason from orders.timeline where order_id = $1 order by id", row => row.GetString(0), orderId);
}
