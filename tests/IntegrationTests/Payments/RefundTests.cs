using System.Net;
using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Payments;

public sealed class RefundTests(PaymentsAlone souk, ITestOutputHelper output)
{
    [Fact]
    public async Task Staff_refunds_a_part_and_then_the_rest_and_not_a_cent_more()
    {
        var due = await souk.Sold();
        using var staff = souk.Staff();

        var part = await staff.Post("/refunds", new { order_id = due.OrderId, amount = new { amount = 1001, currency = "EUR" }, reason = "damaged" });
        Assert.Equal((HttpStatusCode.Created, "pending"), (part.Status, part["status"].GetString()));
        await Eventually(async () => Assert.Equal("done", (await staff.Get(part.Location!))["status"].GetString()));
        Assert.Equal(1001, (await souk.Heard<PaymentRefunded>(due.OrderId)).RefundedMinor);

        var more = await staff.Post("/refunds", new { order_id = due.OrderId, amount = new { amount = due.TotalMinor - 1000, currency = "EUR" } });
        Assert.Equal((HttpStatusCode.Conflict, "refund_too_large"), (more.Status, more.Code));
        Assert.Equal(due.TotalMinor - 1001, more["refundable"].GetInt64());

        var rest = await staff.Post("/refunds", new { payment_id = due.Payments[0].PaymentId });
        Assert.Equal(due.TotalMinor - 1001, rest["amount"].GetProperty("amount").GetInt64());
        await Eventually(async () => Assert.Equal("refunded", (await staff.Get($"/payments/{due.Payments[0].PaymentId}"))["status"].GetString()));
        foreach (var account in new[] { "seller_payable", "delivery", "commission_revenue", "tax_payable", "refunds", "gateway_clearing" })
            Assert.Equal(0, await souk.Balance(due.OrderId, account));
    }

    [Fact]
    public async Task Fifty_refunds_of_the_whole_at_once_are_one()
    {
        var due = await souk.Sold();
        using var staff = souk.Staff();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => staff.Post("/refunds", new { order_id = due.OrderId })));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(49, answers.Count(answer => answer.Code == "refund_too_large"));
        await Eventually(async () => Assert.Equal(due.TotalMinor, await souk.Value<decimal>(
            "select sum(refunded_minor) from gateway_simulator.charges where key = $1", due.Payments[0].PaymentId)));
        output.WriteLine("50 refunds at once: 1 granted, 49 refused");
    }

    [Fact]
    public async Task Fifty_retries_of_one_refund_are_one_and_get_one_answer()
    {
        var due = await souk.Sold();
        using var staff = souk.Staff();
        var (body, key) = (new { order_id = due.OrderId, amount = new { amount = 100, currency = "EUR" } }, Guid.CreateVersion7().ToString());

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => staff.Post("/refunds", body, key)));

        var granted = answers.Where(answer => answer.Status == HttpStatusCode.Created).ToArray();
        Assert.Equal(50, granted.Length + answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
        Assert.Single(granted.Select(answer => answer["id"].GetGuid()).Distinct());
        Assert.Equal(1, await souk.Value<long>("select count(*) from payments.refunds where order_id = $1", due.OrderId));
    }

    [Fact]
    public async Task A_seller_refunds_from_their_own_lines_only()
    {
        var due = await souk.Sold();
        var (mine, theirs) = (due.Lines[0], due.Lines[1]);
        using var seller = souk.Seller(mine.CompanyId);

        Assert.Equal("company_required", (await seller.Post("/refunds", new { order_id = due.OrderId })).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await seller.Post("/refunds", new { order_id = due.OrderId, company_id = theirs.CompanyId })).Status);
        Assert.Equal("unknown_line", (await seller.Post("/refunds", new
        {
            order_id = due.OrderId, company_id = mine.CompanyId, lines = new[] { new { line_id = theirs.LineId, amount = new { amount = 1, currency = "EUR" } } },
        })).Code);
        Assert.Equal("refund_too_large", (await seller.Post("/refunds", new
        {
            order_id = due.OrderId, company_id = mine.CompanyId, amount = new { amount = mine.TotalMinor + 1, currency = "EUR" },
        })).Code);

        var granted = await seller.Post("/refunds", new
        {
            order_id = due.OrderId, company_id = mine.CompanyId, lines = new[] { new { line_id = mine.LineId, amount = new { amount = 700, currency = "EUR" } } },
        });

        Assert.Equal(HttpStatusCode.Created, granted.Status);
        Assert.Equal(700, granted["amount"].GetProperty("amount").GetInt64());
        Assert.Equal(1, (await seller.Get("/refunds"))["data"].GetArrayLength());
        await souk.Heard<PaymentRefunded>(due.OrderId);
        Assert.Equal(theirs.TotalMinor - theirs.TaxMinor - Commission(theirs), -await souk.Value<decimal>(
            "select sum(amount_minor) from payments.ledger_entries where order_id = $1 and company_id = $2", due.OrderId, theirs.CompanyId));
    }

    [Fact]
    public async Task Strangers_and_buyers_may_not_refund_and_learn_nothing()
    {
        var due = await souk.Sold();
        using var guest = souk.Client(due.OrderId);
        using var buyer = souk.Buyer(due.AccountId);
        using var stranger = souk.Seller(Guid.CreateVersion7());
        var body = new { order_id = due.OrderId };

        Assert.Equal(HttpStatusCode.Unauthorized, (await guest.Post("/refunds", body)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await buyer.Post("/refunds", body)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.Post("/refunds", body)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.Post("/refunds", new { order_id = Guid.CreateVersion7() })).Status);
        Assert.Equal(0, await souk.Value<long>("select count(*) from payments.refunds where order_id = $1", due.OrderId));
    }

    [Theory]
    [InlineData("{}", 422, "required")]
    [InlineData("{\"order_id\":\"x\"}", 400, null)]
    [InlineData("{\"order_id\":\"ID\",\"status\":\"done\"}", 400, null)]
    [InlineData("{\"order_id\":\"ID\",\"amount\":{\"amount\":0,\"currency\":\"EUR\"}}", 422, "too_small")]
    [InlineData("{\"order_id\":\"ID\",\"amount\":{\"amount\":-5,\"currency\":\"EUR\"}}", 422, "too_small")]
    [InlineData("{\"order_id\":\"ID\",\"amount\":{\"amount\":1,\"currency\":\"USD\"}}", 422, "currency_mismatch")]
    [InlineData("{\"order_id\":\"ID\",\"amount\":{\"amount\":9223372036854775807,\"currency\":\"EUR\"}}", 409, "refund_too_large")]
    [InlineData("{\"order_id\":\"ID\",\"lines\":[]}", 422, "validation_failed")]
    public async Task A_bad_body_is_a_clear_problem_and_changes_nothing(string body, int status, string? code)
    {
        var due = await souk.Sold();
        using var staff = souk.Staff();

        var answer = await staff.Post("/refunds", body.Replace("ID", due.OrderId.ToString(), StringComparison.Ordinal));

        Assert.Equal(status, (int)answer.Status);
        if (code is not null)
            Assert.Equal(code, answer.Code);
        Assert.Equal(0, await souk.Value<long>("select count(*) from payments.refunds where order_id = $1", due.OrderId));
    }

    [Fact]
    public async Task A_refund_needs_its_key_and_the_seeds_route_takes_decimals()
    {
        var due = await souk.Sold();
        using var staff = souk.Staff();

        Assert.Equal(HttpStatusCode.BadRequest, (await staff.Post("/refunds", new { order_id = due.OrderId }, key: "")).Status);
        var granted = await staff.Post("/payment/refund", new { payment_id = due.Payments[0].PaymentId, amount = 5.01m, reason = "late" });
        Assert.Equal((HttpStatusCode.Created, 501), (granted.Status, granted["amount"].GetProperty("amount").GetInt64()));
        Assert.Equal("invalid_amount", (await staff.Post("/payment/refund", new { payment_id = due.Payments[0].PaymentId, amount = 0.001m })).Code);
    }

    [Fact]
    public async Task What_is_not_captured_is_not_refunded()
    {
        var due = PaymentsAlone.Due("tok_success");
        await souk.Say(due);
        await souk.Heard<PaymentsAuthorized>(due.OrderId);
        using var staff = souk.Staff();

        Assert.Equal("not_captured", (await staff.Post("/refunds", new { order_id = due.OrderId })).Code);
    }

    private static long Commission(Souk.Contracts.Orders.OrderedLine line) =>
        (long)Math.Round((line.TotalMinor - line.TaxMinor - Delivery(line)) * 0.1m, MidpointRounding.AwayFromZero);

    private static long Delivery(Souk.Contracts.Orders.OrderedLine line) =>
        line.DeliveryMinor - (long)Math.Round(line.TaxMinor * line.DeliveryMinor / (decimal)line.TotalMinor, MidpointRounding.AwayFromZero);
}
