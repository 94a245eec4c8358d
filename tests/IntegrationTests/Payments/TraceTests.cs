using System.Diagnostics;
using Souk.Contracts;
using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Payments;

/// <summary>What a gateway answers goes on in the trace of what asked it, however long after.</summary>
public sealed class TraceTests(PaymentsAlone souk)
{
    private readonly string placed = NewTrace();
    private readonly string confirmed = NewTrace();
    private readonly string cancelled = NewTrace();

    [Theory]
    [InlineData("tok_success")]
    [InlineData("tok_timeout_paid")] // Never answered: a worker finds the operation in its table and asks again.
    [InlineData("tok_capture_fails_once")]
    public async Task A_payment_its_capture_and_its_refund_go_on_in_the_traces_that_asked_for_them(string token)
    {
        var due = PaymentsAlone.Due(token);
        await souk.SayIn(placed, due);
        await Carries<PaymentsAuthorized>(due.OrderId, placed);
        await souk.SayIn(confirmed, PaymentsAlone.Confirmed(due));
        await Carries<PaymentCaptured>(due.OrderId, confirmed);
        await souk.SayIn(cancelled, PaymentsAlone.Cancelled(due));
        await Carries<PaymentRefunded>(due.OrderId, cancelled);
    }

    [Fact]
    public async Task A_payment_that_waits_for_its_buyer_goes_on_in_its_trace_when_the_webhook_comes()
    {
        var due = PaymentsAlone.Due("tok_3ds");
        await souk.SayIn(placed, due);
        await Carries<PaymentActionRequired>(due.OrderId, placed);
        using var browser = souk.Client();

        using var paid = await browser.PostAsync(
            new Uri($"/gateway-simulator/charges/{due.Payments[0].PaymentId}/pay", UriKind.Relative), null,
            TestContext.Current.CancellationToken);
        paid.EnsureSuccessStatusCode();

        await Carries<PaymentsAuthorized>(due.OrderId, placed);
    }

    [Fact]
    public async Task What_is_let_go_goes_on_in_the_trace_of_the_cancellation()
    {
        var due = PaymentsAlone.Due("tok_success");
        await souk.SayIn(placed, due);
        await souk.Heard<PaymentsAuthorized>(due.OrderId);

        await souk.SayIn(cancelled, PaymentsAlone.Cancelled(due, wasConfirmed: false));

        await Carries<PaymentsVoided>(due.OrderId, cancelled);
    }

    private async Task Carries<T>(Guid orderId, string trace) where T : class, IEvent
    {
        await souk.Heard<T>(orderId);
        Assert.Equal([trace], await souk.Rows(
            "select coalesce(trace, 'none') from payments.log where key = $1 and type = $2",
            row => row.GetString(0), orderId, typeof(T).Name));
    }

    private static string NewTrace() => $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01";
}
