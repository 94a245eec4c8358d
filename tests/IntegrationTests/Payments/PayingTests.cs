using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Payments;

/// <summary>P4: every way a gateway can behave, and what has to be true in both books afterwards.</summary>
public sealed class PayingTests(PaymentsAlone souk)
{
    [Theory]
    [InlineData("tok_success")]
    [InlineData("voucher")]
    [InlineData("tok_late")]
    [InlineData("tok_doubled")]
    [InlineData("tok_shuffled")]
    [InlineData("tok_timeout_paid")]
    [InlineData("tok_wrong_amount")]
    [InlineData("tok_success tok_visa voucher")]
    [InlineData("tok_success tok_timeout_paid")]
    public async Task What_is_authorised_is_captured_once_and_stands_in_the_ledger(string tokens)
    {
        var due = PaymentsAlone.Due(tokens.Split(' '));
        await souk.Say(due);
        await souk.Heard<PaymentsAuthorized>(due.OrderId);
        await souk.Say(PaymentsAlone.Confirmed(due), due); // The pay step comes again, as after a watchdog's look.

        var captured = await souk.Heard<PaymentCaptured>(due.OrderId);

        Assert.Equal(due.TotalMinor, captured.CapturedMinor);
        foreach (var payment in due.Payments)
        {
            await souk.Stands(payment.PaymentId, "captured");
            Assert.Equal("captured", await souk.Charge(payment.PaymentId));
        }
        Assert.Equal(due.TotalMinor, await souk.Value<decimal>(
            "select sum(captured_minor) from gateway_simulator.charges where key = any($1)", due.Payments.Select(p => p.PaymentId).ToArray()));
        Assert.Equal(due.TotalMinor, await Balance(due.OrderId, "gateway_clearing"));
        Assert.Equal(0, await Balance(due.OrderId, "customer_receivable"));
        Assert.Equal(1, (await souk.Said(due.OrderId)).Count(type => type == nameof(PaymentsAuthorized)));
        Assert.Equal(1, (await souk.Said(due.OrderId)).Count(type => type == nameof(PaymentCaptured)));
    }

    private Task<decimal> Balance(Guid orderId, string account) => souk.Value<decimal>(
        "select coalesce(sum(amount_minor), 0) from payments.ledger_entries where order_id = $1 and account = $2", orderId, account);
}
