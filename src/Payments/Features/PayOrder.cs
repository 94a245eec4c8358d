using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Contracts.Orders;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Payments.Jobs;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Pays an order that awaits its payment: after a decline, or later. Its buyer may, a guest with the order's token. The
/// gateway is asked at once; the order is confirmed when its payments reach its total.
/// </summary>
internal static class PayOrder
{
    public static void Map(IEndpointRouteBuilder payments) =>
        payments.MapPost("/", Handle).AllowGuests().Idempotent(required: true)
            .WithSummary("Pay an order that awaits payment")
            .WithDescription("Answers 202 with the payment as `pending`; read it at `Location`. Without an amount it pays all that is open. "
                + "Several payments may pay one order together.")
            .WithExample(new PayOrderRequest(Guid.Parse("0199f3a2-5b7c-7d10-8000-000000000001"), "card", "tok_success", new Money(4998, "EUR")))
            .Problems("order_not_awaiting_payment", "amount_too_large", "404 not_found", "422 currency_mismatch",
                "422 too_small");

    public static void MapAlias(IEndpointRouteBuilder seed) =>
        seed.MapPost("/", HandleAlias).AllowGuests().Idempotent(required: true)
            .WithSummary("Pay an order that awaits payment")
            .WithDescription("The amount is a decimal in major units of the order's currency.")
            .WithExample(new PayRequest(Guid.Parse("0199f3a2-5b7c-7d10-8000-000000000001"), "card", 49.98m, "tok_success"))
            .Alias("POST /payments")
            .Problems("order_not_awaiting_payment", "amount_too_large", "404 not_found", "422 invalid_amount",
                "422 too_small");

    private static Task<Accepted<PaymentResponse>> Handle(
        PayOrderRequest request, Caller caller, PaymentsDb db, GatewayChoice gateways, FraudRules fraud,
        CallerNetwork networks,
        Wakes<CallGateways> wakes, TimeProvider clock, HttpContext http, CancellationToken ct) =>
        Pay(request.OrderId, request.Method, request.Token, order =>
        {
            if (request.Amount is not { } amount)
                return null;
            if (amount.Currency != order.Currency)
                throw RuleException.Invalid("/amount/currency", "currency_mismatch", $"This order is in {order.Currency}.");
            return amount.Amount;
        }, caller, db, gateways, fraud, networks.Of(http), wakes, clock, ct);

    private static Task<Accepted<PaymentResponse>> HandleAlias(
        PayRequest request, Caller caller, PaymentsDb db, GatewayChoice gateways, FraudRules fraud,
        CallerNetwork networks,
        Wakes<CallGateways> wakes, TimeProvider clock, HttpContext http, CancellationToken ct) =>
        Pay(request.OrderId, request.PaymentMethod, request.Token, order => request.Amount is not { } amount
            ? null
            : Currencies.ToMinor(amount, order.Currency)
                ?? throw RuleException.Invalid("/amount", "invalid_amount", $"{order.Currency} has {Currencies.Digits(order.Currency)} decimals."),
            caller, db, gateways, fraud, networks.Of(http), wakes, clock, ct);

    private static async Task<Accepted<PaymentResponse>> Pay(
        Guid orderId, string method, string? token, Func<OrderMoney, long?> wanted, Caller caller, PaymentsDb db, GatewayChoice gateways,
        FraudRules fraud, string? network, Wakes<CallGateways> wakes, TimeProvider clock, CancellationToken ct)
    {
        var orders = await db.Open([orderId], [], ct);
        if (!orders.TryGetValue(orderId, out var order) || !MayPay(caller, order))
            throw RuleException.NotFound();
        if (!order.AwaitsPayment)
            throw new RuleException("order_not_awaiting_payment", "This order awaits no payment: it is paid, being paid, or no more. Read the order.");
        var amount = wanted(order) ?? order.OpenMinor;
        if (amount <= 0 && order.OpenMinor > 0)
            throw RuleException.Invalid("/amount", "too_small", "Pay at least 1 minor unit.");
        if (order.OpenMinor == 0 || amount > order.OpenMinor)
            throw new RuleException("amount_too_large", $"At most {order.OpenMinor} minor units are open.") { More = { ["open"] = order.OpenMinor } };

        var intent = new PaymentIntent(Guid.CreateVersion7(), method, token, amount, network);
        var payment = gateways.NewPayment(order.OrderId, order.AccountId, intent, order.Currency);
        await fraud.Keep(db, [(order.OrderId, order.AccountId, null, intent)], ct);
        order.Retry(payment);
        db.Close([order]);
        db.AfterCommit(wakes.Now);
        return TypedResults.Accepted($"/payments/{payment.Id}", PaymentResponse.Of(payment, clock.GetUtcNow()));
    }

    private static bool MayPay(Caller caller, OrderMoney order) =>
        caller.OrderId == order.OrderId || (caller.AccountId is { } account && account == order.AccountId);
}

/// <summary>How an order is paid.</summary>
/// <param name="OrderId">An order that awaits payment.</param>
/// <param name="Method"><c>card</c>, <c>voucher</c> or <c>bank_slip</c>.</param>
/// <param name="Token">What the gateway gave the browser; never card data.</param>
/// <param name="Amount">Null for all that is open.</param>
public sealed record PayOrderRequest(
    Guid OrderId, [Required, StringLength(30, MinimumLength = 1)] string Method, [StringLength(200)] string? Token = null, Money? Amount = null);

/// <summary>The same in the seeds' words.</summary>
/// <param name="OrderId">An order that awaits payment.</param>
/// <param name="PaymentMethod"><c>card</c>, <c>voucher</c> or <c>bank_slip</c>.</param>
/// <param name="Amount">In major units of the order's currency; null for all that is open.</param>
/// <param name="Token">What the gateway gave the browser.</param>
public sealed record PayRequest(
    Guid OrderId, [Required, StringLength(30, MinimumLength = 1)] string PaymentMethod, decimal? Amount = null, [StringLength(200)] string? Token = null);
