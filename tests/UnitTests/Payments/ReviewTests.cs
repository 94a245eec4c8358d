using Souk.Contracts.Payments;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Platform.Http;

namespace Souk.UnitTests.Payments;

public sealed class ReviewTests
{
    [Fact]
    public void An_order_goes_on_when_the_last_of_its_payments_is_approved()
    {
        var order = Suspected(FraudAction.Review);
        Assert.Equal([PaymentStatus.InReview, PaymentStatus.InReview], order.Payments.Select(p => p.Status));
        Assert.Equal(2, order.Changes.Events.OfType<PaymentActionRequired>().Count());

        order.Approve(order.Payments[1]);
        Assert.Empty(order.Changes.Events.OfType<PaymentsAuthorized>());
        order.Approve(order.Payments[0]);

        Assert.Single(order.Changes.Events.OfType<PaymentsAuthorized>());
        Assert.Equal(OrderState.Authorized, order.State);
    }

    [Fact]
    public void A_rejected_payment_takes_the_others_with_it()
    {
        var order = Suspected(FraudAction.Review);

        order.Reject(order.Payments[0]);

        Assert.Equal("payment_refused", Assert.Single(order.Changes.Events.OfType<PaymentDeclined>()).Code);
        Assert.Equal([PaymentStatus.Voiding, PaymentStatus.Voiding], order.Payments.Select(p => p.Status));
        Assert.Equal(OrderState.Declined, order.State);
    }

    [Fact]
    public void What_a_rule_declines_is_let_go_at_once()
    {
        var order = Suspected(FraudAction.Decline);

        Assert.Equal("payment_refused", Assert.Single(order.Changes.Events.OfType<PaymentDeclined>()).Code);
        Assert.Equal([PaymentStatus.Voiding, PaymentStatus.Voiding], order.Payments.Select(p => p.Status));
        Assert.Empty(order.Changes.Reviews);
    }

    [Fact]
    public void An_order_that_is_no_more_ends_its_reviews_and_nobody_decides_any_more()
    {
        var order = Suspected(FraudAction.Review);

        order.Cancel("payment_expired");

        Assert.Equal(order.Payments.Select(p => p.Id), order.Changes.ReviewsToEnd);
        Assert.Equal(2, order.Changes.Operations.Count(o => o.Kind == OperationKind.Void));
        Assert.Equal("payment_move", Assert.Throws<RuleException>(() => order.Approve(order.Payments[0])).Code);
        Assert.Equal("payment_move", Assert.Throws<RuleException>(() => order.Reject(order.Payments[0])).Code);
        Assert.Empty(order.Changes.Events.OfType<PaymentsAuthorized>());
    }

    [Theory]
    [InlineData(nameof(GatewayOutcome.Declined))]
    [InlineData(nameof(GatewayOutcome.Voided))]
    public void What_the_gateway_lets_go_in_the_middle_of_a_review_is_lacking(string outcome)
    {
        var order = Suspected(FraudAction.Review);

        Answer(order, order.Payments[0], OperationKind.Read, new GatewayAnswer(Enum.Parse<GatewayOutcome>(outcome)));

        Assert.Single(order.Changes.Events.OfType<PaymentDeclined>());
        Assert.Equal(order.Payments.Select(p => p.Id), order.Changes.ReviewsToEnd);
        Assert.Equal(OrderState.Declined, order.State);
    }

    private static OrderMoney Suspected(FraudAction action)
    {
        var order = new OrderMoney { OrderId = Guid.CreateVersion7(), Currency = "EUR", TotalMinor = 300 };
        foreach (var amount in new[] { 100L, 200L })
            order.Payments.Add(new Payment
            {
                Id = Guid.CreateVersion7(), OrderId = order.OrderId, Method = "card", Gateway = "simulator",
                Currency = "EUR",
                AmountMinor = amount,
            });
        var rule = new FraudRule { Id = Guid.CreateVersion7(), Name = "rule", Kind = FraudRuleKind.CountryMismatch,
            Action = action };
        foreach (var payment in order.Payments)
            Answer(order, payment, OperationKind.Authorize, new GatewayAnswer(GatewayOutcome.Authorized),
                new Suspicion([rule], DateTimeOffset.UnixEpoch));
        return order;
    }

    private static void Answer(
        OrderMoney order, Payment payment, OperationKind kind, GatewayAnswer answer, Suspicion? suspicion = null) =>
            order.Apply(
        new Operation(Guid.CreateVersion7(), kind, payment.Id, order.OrderId, RefundId: null, payment.AmountMinor, 1),
        answer,
        captureTriesMax: 6, suspicion);
}
