using System.Net;
using System.Text.Json;
using Souk.Contracts;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Payments;

/// <summary>Rules hold for everybody: each test has a currency, a card or a network that no other has.</summary>
public sealed class FraudTests(PaymentsAlone souk)
{
    [Fact]
    public async Task A_large_order_waits_for_somebody_who_approves_it()
    {
        using var staff = souk.Staff();
        await Rule(staff, new { name = "Large", kind = "amount", action = "review",
            amount = new { amount = 2000, currency = "SEK" } });
        var due = await InReview("SEK");
        var id = due.Payments[0].PaymentId;

        var review = await Review(staff, id);
        Assert.Equal(("open", "Large"), (
            review.GetProperty("status").GetString(), review.GetProperty("rules")[0].GetProperty("name").GetString()));
        Assert.Equal("authorized", await souk.Charge(id));
        Assert.Equal(HttpStatusCode.Accepted,
            (await staff.Post($"/payments/{id}/approve", new { note = "Known buyer" })).Status);

        await souk.Heard<PaymentsAuthorized>(due.OrderId);
        await souk.Say(PaymentsAlone.Confirmed(due));
        await souk.Captured(due);
        review = await Review(staff, id);
        Assert.Equal(("approved", "Known buyer"),
            (review.GetProperty("status").GetString(), review.GetProperty("note").GetString()));
        Assert.Equal("payment_move", (await staff.Post($"/payments/{id}/reject", new { })).Code);
        Assert.Equal(1, await souk.Value<long>("select count(*) from payments.audit where entity_id = $1", id));
    }

    [Fact]
    public async Task A_rejected_payment_is_let_go_and_its_buyer_may_pay_in_another_way()
    {
        using var staff = souk.Staff();
        await Rule(staff, new { name = "Large", kind = "amount", action = "review",
            amount = new { amount = 2000, currency = "NOK" } });
        var due = await InReview("NOK");
        var id = due.Payments[0].PaymentId;
        await souk.Say(PaymentsAlone.Awaits(due, TimeSpan.FromHours(1))); // As Orders does.

        Assert.Equal(HttpStatusCode.Accepted, (await staff.Post($"/payments/{id}/reject", new { note = "No" })).Status);

        Assert.Equal("payment_refused", (await souk.Heard<PaymentDeclined>(due.OrderId)).Code);
        await souk.Stands(id, "voided");
        Assert.Equal("voided", await souk.Charge(id));
        Assert.Equal("rejected", (await Review(staff, id)).GetProperty("status").GetString());
        using var buyer = souk.Buyer(due.AccountId);
        Answer? again = null;
        await Eventually(async () => Assert.Equal(HttpStatusCode.Accepted, (again = await buyer.Post(
            "/payments", new { order_id = due.OrderId, method = "card", token = "tok_visa" })).Status));
        await souk.Stands(again!["id"].GetGuid(), "in_review"); // The order is as large as before.
    }

    [Fact]
    public async Task An_order_that_ends_first_ends_the_review()
    {
        using var staff = souk.Staff();
        await Rule(staff, new { name = "Large", kind = "amount", action = "review",
            amount = new { amount = 2000, currency = "DKK" } });
        var due = await InReview("DKK");
        var id = due.Payments[0].PaymentId;

        await souk.Say(PaymentsAlone.Cancelled(due, wasConfirmed: false, reason: "payment_expired"));

        await souk.Heard<PaymentsVoided>(due.OrderId);
        Assert.Equal("lapsed", (await Review(staff, id)).GetProperty("status").GetString());
        Assert.Equal("payment_move", (await staff.Post($"/payments/{id}/approve", new { })).Code);
    }

    [Fact]
    public async Task Many_payments_with_one_card_are_found()
    {
        using var staff = souk.Staff();
        await Rule(staff, new { name = "Card", kind = "card_velocity", action = "review", payments = 2,
            within = "01:00:00" });
        var token = $"tok_card_{Guid.CreateVersion7():N}_DE";
        for (var n = 0; n < 2; n++)
        {
            var fine = PaymentsAlone.Due(token);
            await souk.Say(fine);
            await souk.Heard<PaymentsAuthorized>(fine.OrderId);
        }

        var third = PaymentsAlone.Due(token);
        await souk.Say(third);

        await souk.Stands(third.Payments[0].PaymentId, "in_review");
    }

    [Fact]
    public async Task Many_payments_of_one_account_or_network_are_found_however_they_end()
    {
        const int most = 60; // Other tests pay from one network too.
        using var staff = souk.Staff();
        await Rule(staff, new { name = "Account", kind = "account_velocity", action = "review", payments = most,
            within = "01:00:00" });
        await Rule(staff, new { name = "Network", kind = "network_velocity", action = "review", payments = most,
            within = "01:00:00" });
        var (account, network) = (Guid.CreateVersion7(), $"{Guid.CreateVersion7():N}");
        var tries = Enumerable.Range(0, most).Select(_ =>
            From(PaymentsAlone.Due("tok_declined"), account, network)).ToArray();
        await souk.Say([.. tries.Select(IEvent (due) => due)]);
        await souk.Heard<PaymentDeclined>(tries[^1].OrderId);

        var (ofAccount, ofNetwork) = (From(PaymentsAlone.Due("tok_visa"), account, "elsewhere"),
            From(PaymentsAlone.Due("tok_visa"), Guid.CreateVersion7(), network));
        var neither = From(PaymentsAlone.Due("tok_visa"), Guid.CreateVersion7(), $"{Guid.CreateVersion7():N}");
        await souk.Say(ofAccount, ofNetwork, neither);

        await souk.Stands(ofAccount.Payments[0].PaymentId, "in_review");
        await souk.Stands(ofNetwork.Payments[0].PaymentId, "in_review");
        await souk.Stands(neither.Payments[0].PaymentId, "authorized");
        Assert.Equal("Account", (await Review(staff,
            ofAccount.Payments[0].PaymentId)).GetProperty("rules")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_card_of_another_country_is_declined_and_leaves_nothing_held()
    {
        using var staff = souk.Staff();
        await Rule(staff, new { name = "Abroad", kind = "country_mismatch", action = "decline" });
        var number = Guid.CreateVersion7().ToString("N");
        var (abroad, home) = (PaymentsAlone.Due($"tok_card_{number}_BR") with { Country = "DE" },
            PaymentsAlone.Due($"tok_card_{number}_DE") with { Country = "DE" });

        await souk.Say(abroad, home);

        Assert.Equal("payment_refused", (await souk.Heard<PaymentDeclined>(abroad.OrderId)).Code);
        await Eventually(async () => Assert.Equal("voided", await souk.Charge(abroad.Payments[0].PaymentId)));
        await souk.Heard<PaymentsAuthorized>(home.OrderId);
    }

    [Fact]
    public async Task Rules_and_reviews_are_for_staff()
    {
        using var seller = souk.Seller(Guid.CreateVersion7());
        using var nobody = souk.Client();
        var id = Guid.CreateVersion7();

        foreach (var path in new[] { "/fraud-rules", $"/fraud-rules/{id}", "/payments/reviews" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await seller.Get(path)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.Get(path)).Status);
        }
        Assert.Equal(HttpStatusCode.Forbidden, (await seller.Post($"/payments/{id}/approve", new { })).Status);
        using var staff = souk.Staff();
        Assert.Equal(HttpStatusCode.NotFound, (await staff.Post($"/payments/{id}/approve", new { })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.Get($"/fraud-rules/{id}")).Status);
    }

    [Fact]
    public async Task A_rule_is_changed_with_its_version_and_ended()
    {
        using var staff = souk.Staff();
        var rule = await Rule(staff, new { name = "A", kind = "amount", action = "review",
            amount = new { amount = 2000, currency = "ISK" } });

        var changed = await staff.Post(
            rule.Location!, new { name = "B", action = "decline", amount = new { amount = 9000, currency = "ISK" } },
            method: HttpMethod.Put);
        Assert.Equal(("B", "decline", 9000), (changed["name"].GetString(), changed["action"].GetString(),
            changed["amount"].GetProperty("amount").GetInt64()));
        Assert.Equal("currency_mismatch", (await staff.Post(
            rule.Location!, new { name = "B", action = "decline", amount = new { amount = 9000, currency = "EUR" } },
            method: HttpMethod.Put)).Code);
        using var gone = await staff.DeleteAsync(new Uri(rule.Location!, UriKind.Relative),
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.Get(rule.Location!)).Status);
    }

    [Theory]
    [InlineData("""{"name":"x","kind":"amount","action":"review"}""", 422)]
    [InlineData("""{"name":"x","kind":"amount","action":"review","amount":{"amount":0,"currency":"EUR"}}""", 422)]
    [InlineData("""{"name":"x","kind":"amount","action":"review","amount":{"amount":1,"currency":"XXX"}}""", 422)]
    [InlineData("""{"name":"x","kind":"card_velocity","action":"review","payments":3}""", 422)]
    [InlineData("""{"name":"x","kind":"card_velocity","action":"review","payments":0,"within":"01:00:00"}""", 422)]
    [InlineData("""{"name":"x","kind":"card_velocity","action":"review","payments":3,"within":"40.00:00:00"}""", 422)]
    [InlineData("""{"name":"x","kind":"country_mismatch","action":"review","payments":3,"within":"01:00:00"}""", 422)]
    [InlineData("""{"name":"x","kind":"weather","action":"review"}""", 400)]
    [InlineData("""{"name":"x","kind":"country_mismatch","action":"ignore"}""", 400)]
    [InlineData("""{"name":"","kind":"country_mismatch","action":"review"}""", 422)]
    public async Task A_bad_rule_is_a_clear_problem(string body, int status)
    {
        using var staff = souk.Staff();

        var answer = await staff.Post("/fraud-rules", body);

        Assert.Equal(status, (int)answer.Status);
        Assert.NotNull(answer.Code);
    }

    private async Task<PaymentDue> InReview(string currency)
    {
        var due = PaymentsAlone.Due("tok_visa") with { Currency = currency };
        await souk.Say(due);
        Assert.Equal("review", (await souk.Heard<PaymentActionRequired>(due.OrderId)).Action);
        return due;
    }

    private static PaymentDue From(PaymentDue due, Guid account, string network) => due with
    {
        AccountId = account, Payments = [.. due.Payments.Select(payment => payment with { Network = network })],
    };

    private static async Task<Answer> Rule(HttpClient staff, object rule)
    {
        var made = await staff.Post("/fraud-rules", rule);
        Assert.Equal(HttpStatusCode.Created, made.Status);
        return made;
    }

    private static async Task<JsonElement> Review(HttpClient staff, Guid payment)
    {
        JsonElement found = default;
        await Eventually(async () =>
            found = Assert.Single((await staff.Get("/payments/reviews?limit=100"))["data"].EnumerateArray(),
            review => review.GetProperty("payment_id").GetGuid() == payment));
        return found;
    }
}
