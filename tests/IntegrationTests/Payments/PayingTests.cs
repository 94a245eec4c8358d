using System.Net;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Payments;

/// <summary>P4: every way a gateway can behave, and what has to be true in both books afterwards.</summary>
public sealed class PayingTests(PaymentsAlone souk, ITestOutputHelper output)
{
    private const int OrdersPerMode = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string[] ModesThatPay =
    [
        "tok_success", "voucher", "tok_late", "tok_doubled", "tok_shuffled", "tok_timeout_paid", "tok_wrong_amount",
        "tok_capture_fails_once", "tok_capture_timeout", "tok_success tok_visa voucher", "tok_success tok_timeout_paid",
    ];

    private static readonly string[] ModesThatDecline =
    [
        "tok_declined", "tok_insufficient_funds", "tok_expired_card", "tok_no_such_token", "voucher_empty",
        "tok_timeout_unpaid", "tok_success tok_declined", "tok_success tok_late tok_timeout_unpaid",
    ];

    [Fact]
    public async Task Whatever_the_gateway_does_nobody_is_charged_twice_and_no_charge_is_lost()
    {
        PaymentDue[] paying = [.. Orders(ModesThatPay)], declining = [.. Orders(ModesThatDecline)];
        PaymentDue[] all = [.. paying, .. declining];
        var orders = Array.ConvertAll(all, due => due.OrderId);
        await souk.Say(all);
        foreach (var due in paying)
            await souk.Heard<PaymentsAuthorized>(due.OrderId, Patience);
        // The pay steps come again, as after a watchdog's look.
        await souk.Say([.. paying.Select(PaymentsAlone.Confirmed), .. all]);
        foreach (var due in paying)
            await souk.Captured(due, Patience);
        foreach (var due in declining)
            await souk.Heard<PaymentDeclined>(due.OrderId, Patience);
        await Eventually(async () => Assert.Equal(0, await souk.Value<long>(
            "select count(*) from payments.operations where order_id = any($1)", orders)), Patience);

        // Both books: what the gateway took, and what our orders and the ledger say of it.
        var counted = (await souk.Rows("""
            with charges as (
                select p.order_id, sum(g.captured_minor) as taken,
                       count(*) filter (where g.state = 'authorized') as held
                  from payments.payments p join gateway_simulator.charges g on g.key = p.id
                 where p.order_id = any($1) group by p.order_id),
            booked as (
                select order_id, sum(amount_minor) as amount from payments.ledger_entries
                 where order_id = any($1) and account = 'gateway_clearing' group by order_id)
            select count(*) filter (where captured_minor = total_minor), count(*) filter (where state = 'declined'),
                   count(*) filter (where taken > total_minor or coalesce(amount, 0) > total_minor),
                   count(*) filter (where taken <> captured_minor or taken <> coalesce(amount, 0)), sum(held)::bigint
              from payments.order_money join charges using (order_id) left join booked using (order_id)
            """,
            row => (Paid: row.GetInt64(0), Declined: row.GetInt64(1), Twice: row.GetInt64(2), Lost: row.GetInt64(3),
                Held: row.GetInt64(4)),
            orders)).Single();
        output.WriteLine(
            $"{all.Length} orders in {ModesThatPay.Length + ModesThatDecline.Length} modes of the gateway: "
            + $"{counted.Paid} paid, {counted.Declined} declined, charged twice {counted.Twice}, "
            + $"charges lost {counted.Lost}, held in vain {counted.Held}");
        Assert.Equal((paying.Length, declining.Length, 0, 0, 0), counted);
    }

    [Theory]
    [InlineData("tok_success")]
    [InlineData("voucher")]
    [InlineData("tok_late")]
    [InlineData("tok_doubled")]
    [InlineData("tok_shuffled")]
    [InlineData("tok_timeout_paid")]
    [InlineData("tok_wrong_amount")]
    [InlineData("tok_capture_fails_once")]
    [InlineData("tok_capture_timeout")]
    [InlineData("tok_success tok_visa voucher")]
    [InlineData("tok_success tok_timeout_paid")]
    public async Task What_is_authorised_is_captured_once_and_stands_in_the_ledger(string tokens)
    {
        var due = PaymentsAlone.Due(tokens.Split(' '));
        await souk.Say(due);
        await souk.Heard<PaymentsAuthorized>(due.OrderId, Patience);
        await souk.Say(PaymentsAlone.Confirmed(due), due); // The pay step comes again, as after a watchdog's look.

        await souk.Captured(due, Patience);

        foreach (var payment in due.Payments)
        {
            await souk.Stands(payment.PaymentId, "captured");
            Assert.Equal("captured", await souk.Charge(payment.PaymentId));
        }
        Assert.Equal(due.TotalMinor, await souk.Value<decimal>(
            "select sum(captured_minor) from gateway_simulator.charges where key = any($1)", due.Payments.Select(p => p.PaymentId).ToArray()));
        Assert.Equal(due.TotalMinor, await souk.Balance(due.OrderId, "gateway_clearing"));
        Assert.Equal(0, await souk.Balance(due.OrderId, "customer_receivable"));
        var said = await souk.Said(due.OrderId);
        Assert.Equal(1, said.Count(type => type == nameof(PaymentsAuthorized)));
        Assert.Equal(due.Payments.Length, said.Count(type => type == nameof(PaymentCaptured)));
    }

    [Theory]
    [InlineData("tok_declined", "card_declined")]
    [InlineData("tok_insufficient_funds", "insufficient_funds")]
    [InlineData("tok_expired_card", "expired_card")]
    [InlineData("tok_no_such_token", "invalid_token")]
    [InlineData("voucher_empty", "insufficient_funds")]
    [InlineData("tok_timeout_unpaid", "card_declined")]
    [InlineData("tok_success tok_declined", "card_declined")]
    [InlineData("tok_success tok_late tok_timeout_unpaid", "card_declined")]
    public async Task What_is_declined_leaves_nothing_held(string tokens, string code)
    {
        var due = PaymentsAlone.Due(tokens.Split(' '));
        await souk.Say(due);

        var declined = await souk.Heard<PaymentDeclined>(due.OrderId, Patience);

        Assert.Equal(code, declined.Code);
        await Eventually(async () =>
        {
            foreach (var payment in due.Payments)
                Assert.Contains(await souk.Charge(payment.PaymentId), new[] { "declined", "voided" });
        }, Patience);
        Assert.Equal(0, await souk.Value<long>("select count(*) from payments.ledger_entries where order_id = $1", due.OrderId));
        Assert.DoesNotContain(nameof(PaymentsAuthorized), await souk.Said(due.OrderId));
    }

    [Theory]
    [InlineData("tok_3ds", "redirect", "redirect")]
    [InlineData("slip", "bank_slip", "bank_slip")]
    public async Task What_waits_for_its_buyer_goes_on_when_the_webhook_comes(string token, string action, string page)
    {
        var due = PaymentsAlone.Due(token);
        await souk.Say(due);
        var required = await souk.Heard<PaymentActionRequired>(due.OrderId);
        using var browser = souk.Client();

        Assert.Equal(action, required.Action);
        var shown = await browser.GetStringAsync(required.Url, TestContext.Current.CancellationToken);
        Assert.Contains("27 EUR", shown, StringComparison.Ordinal);
        Assert.Contains($"/gateway-simulator/{page}/", required.Url, StringComparison.Ordinal);
        (await Decide(browser, required.PaymentId, "pay")).EnsureSuccessStatusCode();

        await souk.Heard<PaymentsAuthorized>(due.OrderId, TimeSpan.FromSeconds(10)); // Sooner than the next look: the webhook did it.
        Assert.Equal(HttpStatusCode.Conflict, (await Decide(browser, required.PaymentId, "refuse")).StatusCode);
        await souk.Say(PaymentsAlone.Confirmed(due));
        await souk.Heard<PaymentCaptured>(due.OrderId);
    }

    [Fact]
    public async Task A_browser_is_sent_back_to_the_shop()
    {
        var due = PaymentsAlone.Due("tok_3ds");
        await souk.Say(due);
        var required = await souk.Heard<PaymentActionRequired>(due.OrderId);
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var browser = new HttpClient(handler);
        browser.DefaultRequestHeaders.Add("Accept", "text/html");

        using var form = new FormUrlEncodedContent([]);
        using var answer = await browser.PostAsync(
            new Uri(required.Url.Replace("redirect", "charges", StringComparison.Ordinal) + "/pay"), form, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.SeeOther, "https://shop.example/thanks"), (answer.StatusCode, answer.Headers.Location?.ToString()));
        await souk.Heard<PaymentsAuthorized>(due.OrderId);
    }

    [Fact]
    public async Task A_buyer_who_refuses_at_the_bank_is_declined()
    {
        var due = PaymentsAlone.Due("tok_3ds");
        await souk.Say(due);
        var required = await souk.Heard<PaymentActionRequired>(due.OrderId);
        using var browser = souk.Client();

        (await Decide(browser, required.PaymentId, "refuse")).EnsureSuccessStatusCode();

        Assert.Equal("authentication_failed", (await souk.Heard<PaymentDeclined>(due.OrderId)).Code);
    }

    [Theory]
    [InlineData("tok_success")]
    [InlineData("tok_late")]
    [InlineData("tok_timeout_paid")]
    [InlineData("tok_3ds")]
    [InlineData("slip")]
    [InlineData("tok_success tok_late voucher")]
    public async Task An_order_that_is_no_more_before_its_payment_ends_holds_nothing(string tokens)
    {
        var due = PaymentsAlone.Due(tokens.Split(' '));
        await souk.Say(due);
        await Eventually(async () => Assert.NotNull(await souk.Charge(due.Payments[0].PaymentId)));

        await souk.Say(PaymentsAlone.Cancelled(due, wasConfirmed: false));

        await souk.Heard<PaymentsVoided>(due.OrderId, Patience);
        foreach (var payment in due.Payments)
            Assert.Contains(await souk.Charge(payment.PaymentId), new[] { "declined", "voided" });
        await Eventually(async () => Assert.Equal(
            0, await souk.Value<long>("select count(*) from payments.operations where order_id = $1", due.OrderId)), Patience);
    }

    [Theory]
    [InlineData("tok_success")]
    [InlineData("tok_success voucher tok_visa")]
    [InlineData("tok_capture_timeout")]
    public async Task An_order_that_is_cancelled_while_it_is_captured_gives_everything_back(string tokens)
    {
        var due = PaymentsAlone.Due(tokens.Split(' '));
        await souk.Say(due);
        await souk.Heard<PaymentsAuthorized>(due.OrderId);

        await souk.Say(PaymentsAlone.Confirmed(due), PaymentsAlone.Cancelled(due));

        await GaveEverythingBack(due.OrderId, due.Payments.Select(p => p.PaymentId).ToArray());
        await SaidWhatItDid(due.OrderId);
    }

    [Fact]
    public async Task An_order_that_is_cancelled_after_it_was_captured_is_refunded_in_full()
    {
        var due = await souk.Sold("tok_success", "voucher");

        await souk.Say(PaymentsAlone.Cancelled(due));

        var refunded = await souk.Heard<PaymentRefunded>(due.OrderId);
        Assert.Equal((due.TotalMinor, due.TotalMinor), (refunded.AmountMinor, refunded.RefundedMinor));
        await GaveEverythingBack(due.OrderId, due.Payments.Select(p => p.PaymentId).ToArray());
        foreach (var account in new[] { "seller_payable", "delivery", "commission_revenue", "tax_payable", "refunds", "gateway_clearing" })
            Assert.Equal(0, await souk.Balance(due.OrderId, account));
    }

    [Fact]
    public async Task A_capture_that_is_refused_for_good_is_said_and_then_let_go()
    {
        var due = PaymentsAlone.Due("tok_success", "tok_capture_fails");
        await souk.Say(due);
        await souk.Heard<PaymentsAuthorized>(due.OrderId);
        await souk.Say(PaymentsAlone.Confirmed(due));

        Assert.True((await souk.Heard<CaptureFailed>(due.OrderId)).Final);
        await souk.Say(PaymentsAlone.Cancelled(due, reason: "capture_failed")); // As Orders does.

        await GaveEverythingBack(due.OrderId, due.Payments.Select(p => p.PaymentId).ToArray());
        await SaidWhatItDid(due.OrderId);
        Assert.Equal(due.Payments[0].AmountMinor, (await souk.Heard<PaymentCaptured>(due.OrderId)).CapturedMinor);
    }

    [Fact]
    public async Task A_part_that_is_cancelled_is_refunded_from_its_sellers_lines_also_before_the_capture()
    {
        var due = PaymentsAlone.Due("tok_late");
        var part = due.Lines[1];
        await souk.Say(due);
        await souk.Heard<PaymentsAuthorized>(due.OrderId);

        await souk.Say(PaymentsAlone.Confirmed(due), PaymentsAlone.PartCancelled(due, part));

        var refunded = await souk.Heard<PaymentRefunded>(due.OrderId);
        Assert.Equal((part.TotalMinor, part.CompanyId), (refunded.AmountMinor, refunded.CompanyId));
        Assert.Equal(due.TotalMinor - part.TotalMinor, await souk.Balance(due.OrderId, "gateway_clearing"));
        Assert.Equal(0, await souk.Value<decimal>(
            "select sum(amount_minor) from payments.ledger_entries where order_id = $1 and company_id = $2", due.OrderId, part.CompanyId));
    }

    [Fact]
    public async Task An_order_of_nothing_pays_its_sellers_what_the_marketplace_gives()
    {
        var due = PaymentsAlone.Due("tok_success");
        var free = due with
        {
            TotalMinor = 0, Payments = [],
            Lines = [.. due.Lines.Select(l => l with { DeliveryMinor = 0, TaxMinor = 0, TotalMinor = 0, DiscountMinor = l.UnitPriceMinor * l.Quantity, DiscountByMarketplaceMinor = 200 })],
        };

        await souk.Say(PaymentsAlone.Confirmed(free)); // Orders asks for no payment of nothing.

        await souk.Heard<PaymentCaptured>(free.OrderId);
        Assert.Equal((400, -360, -40), (await souk.Balance(free.OrderId, "marketplace_discounts"), await souk.Balance(free.OrderId, "seller_payable"),
            await souk.Balance(free.OrderId, "commission_revenue")));

        await souk.Say(PaymentsAlone.Cancelled(free));
        await Eventually(async () => Assert.Equal(0, await souk.Balance(free.OrderId, "marketplace_discounts")));
        Assert.Equal((0, 0), (await souk.Balance(free.OrderId, "seller_payable"), await souk.Balance(free.OrderId, "commission_revenue")));
    }

    private static IEnumerable<PaymentDue> Orders(string[] modes) =>
        modes.SelectMany(mode => Enumerable.Range(0, OrdersPerMode).Select(_ => PaymentsAlone.Due(mode.Split(' '))));

    private async Task GaveEverythingBack(Guid orderId, Guid[] payments) => await Eventually(async () =>
    {
        Assert.Equal(0, await souk.Value<long>("select count(*) from payments.operations where order_id = $1", orderId));
        var charges = await souk.Rows(
            "select state, captured_minor, refunded_minor from gateway_simulator.charges where key = any($1)",
            row => (State: row.GetString(0), Captured: row.GetInt64(1), Refunded: row.GetInt64(2)), payments);
        Assert.Equal(payments.Length, charges.Count);
        Assert.All(charges, charge => Assert.True(charge.State == "voided" || (charge.Captured > 0 && charge.Captured == charge.Refunded), charge.ToString()));
        Assert.Equal(0, await souk.Balance(orderId, "gateway_clearing"));
        Assert.Equal(0, await souk.Balance(orderId, "customer_receivable"));
    }, Patience);

    // Orders shows what it hears: the sums of the last events are those of the books.
    private Task SaidWhatItDid(Guid orderId) => Eventually(async () => Assert.Equal(
        await souk.Rows("select captured_minor, refunded_minor from payments.order_money where order_id = $1",
            row => (row.GetInt64(0), row.GetInt64(1)), orderId),
        await souk.Rows("""
            select coalesce(max((payload->>'captured_minor')::bigint) filter (where type = 'PaymentCaptured'), 0),
                   coalesce(max((payload->>'refunded_minor')::bigint) filter (where type = 'PaymentRefunded'), 0)
              from payments.log where key = $1
            """, row => (row.GetInt64(0), row.GetInt64(1)), orderId)));

    private static Task<HttpResponseMessage> Decide(HttpClient browser, Guid payment, string decision) =>
        browser.PostAsync(new Uri($"/gateway-simulator/charges/{payment}/{decision}", UriKind.Relative), null, TestContext.Current.CancellationToken);
}
