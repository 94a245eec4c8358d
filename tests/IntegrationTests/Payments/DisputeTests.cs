using System.Net;
using System.Text.Json;
using Souk.Contracts;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Payments;

public sealed class DisputeTests(PaymentsAlone souk)
{
    [Fact]
    public async Task A_dispute_holds_everybodys_share_until_it_is_lost_and_the_buyer_has_it()
    {
        var due = await souk.Sold();
        using var staff = souk.Staff();
        using var seller = souk.Seller(due.Lines[0].CompanyId);
        var before = await Owed(seller);

        await Decide(due, "dispute");
        var dispute = await Disputed(staff, due);
        Assert.Equal(("open", due.TotalMinor, due.TotalMinor), Shown(dispute));
        Assert.Equal(0, await Owed(seller));
        var own = Assert.Single((await seller.Get("/disputes"))["data"].EnumerateArray());
        Assert.Equal(("open", due.Lines[0].TotalMinor, before), Shown(own));
        Assert.Equal(JsonValueKind.Null, own.GetProperty("payment_id").ValueKind);
        Assert.Equal("refund_too_large", (await staff.Post("/refunds", new { order_id = due.OrderId })).Code);
        Assert.Equal(-due.TotalMinor, await souk.Balance(due.OrderId, "disputes"));

        await Decide(due, "lose");
        var refunded = await souk.Heard<PaymentRefunded>(due.OrderId);
        Assert.Equal(("chargeback", due.TotalMinor, due.TotalMinor),
            (refunded.Reason, refunded.AmountMinor, refunded.RefundedMinor));
        await Eventually(async () => Assert.Equal("lost",
            (await Disputed(staff, due)).GetProperty("status").GetString()));
        Assert.Equal("refunded", (await staff.Get($"/payments/{due.Payments[0].PaymentId}"))["status"].GetString());
        foreach (var account in new[] { "disputes", "gateway_clearing", "seller_payable", "commission_revenue",
            "dispute_losses" })
            Assert.Equal(0, await souk.Balance(due.OrderId, account));
    }

    [Fact]
    public async Task What_is_won_is_its_owners_again()
    {
        var due = await souk.Sold();
        using var staff = souk.Staff();
        using var seller = souk.Seller(due.Lines[1].CompanyId);
        var before = await Owed(seller);
        await Decide(due, "dispute");
        await Disputed(staff, due);

        await Decide(due, "win");

        await Eventually(async () => Assert.Equal("won",
            (await Disputed(staff, due)).GetProperty("status").GetString()));
        Assert.Equal(before, await Owed(seller));
        Assert.Equal(0, await souk.Balance(due.OrderId, "disputes"));
        Assert.Equal(HttpStatusCode.Created, (await staff.Post("/refunds", new { order_id = due.OrderId })).Status);
    }

    [Fact]
    public async Task What_had_gone_back_before_is_the_marketplaces_loss()
    {
        var due = await souk.Sold();
        using var staff = souk.Staff();
        await staff.Post("/refunds", new { order_id = due.OrderId, amount = new { amount = 1000, currency = "EUR" } });
        await souk.Heard<PaymentRefunded>(due.OrderId);

        await Decide(due, "dispute");
        Assert.Equal(("open", due.TotalMinor, due.TotalMinor - 1000), Shown(await Disputed(staff, due)));
        await Decide(due, "lose");

        await Eventually(async () => Assert.Equal(1000, await souk.Balance(due.OrderId, "dispute_losses")));
        Assert.Equal(-1000, await souk.Balance(due.OrderId, "gateway_clearing"));
        Assert.Equal(due.TotalMinor, (await souk.Heard<PaymentRefunded>(due.OrderId)).RefundedMinor);
    }

    [Fact]
    public async Task What_is_disputed_is_not_paid_out_and_a_stranger_does_not_see_it()
    {
        var due = await souk.Sold();
        await souk.Say([.. due.Lines.Select(IEvent (line) => PaymentsAlone.Delivered(due, line))]);
        using var staff = souk.Staff();
        using var seller = souk.Seller(due.Lines[0].CompanyId);
        using var stranger = souk.Seller(Guid.CreateVersion7());
        await seller.Post(
            $"/payout-accounts/{due.Lines[0].CompanyId}",
            new { holder = "A", iban = "DE89370400440532013000", schedule = "manual" }, method: HttpMethod.Put);
        await Eventually(async () => Assert.NotEqual(0, await Owed(seller, "available")));
        await Decide(due, "dispute");
        var dispute = await Disputed(staff, due);

        Assert.Equal(0, await Owed(seller, "available"));
        Assert.Equal("nothing_to_pay_out", (await seller.Post(
            "/payouts", new { company_id = due.Lines[0].CompanyId, currency = "EUR" })).Code);
        Assert.Equal(0, (await stranger.Get("/disputes"))["data"].GetArrayLength());
        Assert.Equal(HttpStatusCode.NotFound,
            (await stranger.Get($"/disputes/{dispute.GetProperty("id").GetGuid()}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.Get($"/disputes/{Guid.CreateVersion7()}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await seller.Get($"/disputes/{dispute.GetProperty("id").GetGuid()}")).Status);
        using var buyer = souk.Buyer(due.AccountId);
        Assert.Equal(HttpStatusCode.Forbidden, (await buyer.Get("/disputes")).Status);
    }

    private async Task Decide(PaymentDue due, string decision)
    {
        using var bank = souk.Client();
        using var answer = await bank.PostAsync(
            new Uri($"/gateway-simulator/charges/{due.Payments[0].PaymentId}/{decision}", UriKind.Relative), null,
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<JsonElement> Disputed(HttpClient staff, PaymentDue due)
    {
        JsonElement found = default;
        await Eventually(async () =>
            found = Assert.Single((await staff.Get($"/disputes?order_id={due.OrderId}"))["data"].EnumerateArray()));
        return found;
    }

    private static async Task<long> Owed(HttpClient seller, string member = "balance") =>
        Assert.Single((await seller.Get("/balances"))["data"].EnumerateArray())
            .GetProperty(member).GetProperty("amount").GetInt64();

    private static (string? Status, long Amount, long Held) Shown(JsonElement dispute) => (
        dispute.GetProperty("status").GetString(), dispute.GetProperty("amount").GetProperty("amount").GetInt64(),
        dispute.GetProperty("held").GetProperty("amount").GetInt64());
}
