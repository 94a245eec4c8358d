using System.Net;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Payments;

public sealed class PayOrderTests(PaymentsAlone souk)
{
    [Fact]
    public async Task A_guest_pays_another_way_after_a_decline()
    {
        var due = await Declined();
        using var guest = souk.Client(due.OrderId);

        var paid = await guest.Post("/payments", new { order_id = due.OrderId, method = "card", token = "tok_success" });

        Assert.Equal((HttpStatusCode.Accepted, "pending"), (paid.Status, paid["status"].GetString()));
        Assert.Equal(due.TotalMinor, paid["amount"].GetProperty("amount").GetInt64());
        await souk.Heard<PaymentsAuthorized>(due.OrderId);
        Assert.Contains(nameof(PaymentRetried), await souk.Said(due.OrderId));
        Assert.Equal("authorized", (await guest.Get(paid.Location!))["status"].GetString());
        Assert.Equal("order_not_awaiting_payment", (await guest.Post("/payments", new { order_id = due.OrderId, method = "card" })).Code);
        Assert.Equal(2, (await guest.Get("/payments"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task An_order_that_is_due_without_a_payment_waits_for_its_buyers()
    {
        var due = PaymentsAlone.Due("tok_success") with { Payments = [] };
        await souk.Say(due, PaymentsAlone.Awaits(due, TimeSpan.FromMinutes(5)));
        await Waits(due);
        using var buyer = souk.Buyer(due.AccountId);

        var paid = await buyer.Post(
            "/payments", new { order_id = due.OrderId, method = "card", token = "tok_success" });

        Assert.Equal(due.TotalMinor, paid["amount"].GetProperty("amount").GetInt64());
        await souk.Heard<PaymentsAuthorized>(due.OrderId);
        Assert.Equal([nameof(PaymentRetried), nameof(PaymentsAuthorized)], await souk.Said(due.OrderId));
    }

    [Fact]
    public async Task Several_payments_pay_an_order_together_and_never_too_much()
    {
        var due = await Declined();
        using var buyer = souk.Buyer(due.AccountId);

        Assert.Equal(HttpStatusCode.Accepted, (await buyer.Post("/payments", Pay(due, "voucher", 700))).Status);
        var rest = (int)due.TotalMinor - 700;
        var tooMuch = await buyer.Post("/payments", Pay(due, "card", rest + 1));
        Assert.Equal(("amount_too_large", rest), (tooMuch.Code, tooMuch["open"].GetInt32()));
        Assert.Equal(HttpStatusCode.Accepted, (await buyer.Post("/payments", Pay(due, "card", rest))).Status);

        await souk.Heard<PaymentsAuthorized>(due.OrderId);
    }

    [Fact]
    public async Task Twenty_payments_of_the_whole_at_once_are_one()
    {
        var due = await Declined();
        using var buyer = souk.Buyer(due.AccountId);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => buyer.Post("/payments", Pay(due, "card", (int)due.TotalMinor))));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Accepted);
        await souk.Heard<PaymentsAuthorized>(due.OrderId);
        Assert.Equal(due.TotalMinor, await souk.Value<decimal>(
            "select sum(amount_minor) from gateway_simulator.charges where state = 'authorized' and key in (select id from payments.payments where order_id = $1)", due.OrderId));
    }

    [Fact]
    public async Task A_payment_that_waits_at_the_bank_makes_room_for_another_and_never_counts_twice()
    {
        var due = PaymentsAlone.Due("tok_3ds");
        await souk.Say(due);
        await souk.Heard<PaymentActionRequired>(due.OrderId);
        await souk.Say(PaymentsAlone.Awaits(due, TimeSpan.FromMinutes(5)));
        await Waits(due);
        using var buyer = souk.Buyer(due.AccountId);

        var other = await buyer.Post("/payment", new { order_id = due.OrderId, payment_method = "card", amount = due.TotalMinor / 100m, token = "tok_success" });

        Assert.Equal(HttpStatusCode.Accepted, other.Status);
        await souk.Heard<PaymentsAuthorized>(due.OrderId);
        await souk.Stands(due.Payments[0].PaymentId, "voided");
        Assert.Equal("voided", await souk.Charge(due.Payments[0].PaymentId));
        Assert.Equal(other["id"].GetGuid(), (await buyer.Get($"/payment/{other["id"].GetGuid()}"))["id"].GetGuid());
    }

    [Fact]
    public async Task Strangers_neither_pay_nor_see_it()
    {
        var due = await Declined();
        using var stranger = souk.Buyer();
        using var otherGuest = souk.Client(Guid.CreateVersion7());
        using var nobody = souk.Client();
        var body = Pay(due, "card", 100);

        Assert.Equal(HttpStatusCode.NotFound, (await stranger.Post("/payments", body)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await otherGuest.Post("/payments", body)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await nobody.Post("/payments", body)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.Get($"/payments/{due.Payments[0].PaymentId}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await nobody.Get($"/payments/{due.Payments[0].PaymentId}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.Get("/payments")).Status);
        Assert.Equal(0, (await stranger.Get("/payments"))["data"].GetArrayLength());
        Assert.Equal(0, (await otherGuest.Get("/payments"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task After_the_deadline_and_after_a_cancellation_nothing_is_paid()
    {
        var late = await Declined(TimeSpan.FromSeconds(-1));
        using var buyer = souk.Buyer(late.AccountId);
        Assert.Equal("order_not_awaiting_payment", (await buyer.Post("/payments", Pay(late, "card", 100))).Code);

        var gone = await Declined();
        await souk.Say(PaymentsAlone.Cancelled(gone, wasConfirmed: false));
        await souk.Heard<PaymentsVoided>(gone.OrderId);
        using var other = souk.Buyer(gone.AccountId);
        Assert.Equal("order_not_awaiting_payment", (await other.Post("/payments", Pay(gone, "card", 100))).Code);
    }

    [Fact]
    public async Task Bad_bodies_are_clear_problems()
    {
        var due = await Declined();
        using var buyer = souk.Buyer(due.AccountId);

        Assert.Equal(HttpStatusCode.BadRequest, (await buyer.Post("/payments", "{}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await buyer.Post("/payments", $"{{\"order_id\":\"{due.OrderId}\",\"method\":\"card\",\"status\":\"captured\"}}")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await buyer.Post("/payments", new { order_id = due.OrderId, method = "" })).Status);
        Assert.Equal("too_small", (await buyer.Post("/payments", Pay(due, "card", 0))).Code);
        Assert.Equal("currency_mismatch", (await buyer.Post("/payments", new
        {
            order_id = due.OrderId, method = "card", amount = new { amount = 100, currency = "USD" },
        })).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await buyer.Post("/payments", Pay(due, "card", 100), key: "")).Status);
        Assert.Equal(1, await souk.Value<long>("select count(*) from payments.payments where order_id = $1", due.OrderId));
    }

    [Fact]
    public async Task Staff_voids_a_payment_that_waits_and_captures_one_that_failed()
    {
        var due = PaymentsAlone.Due("tok_3ds");
        await souk.Say(due);
        await souk.Heard<PaymentActionRequired>(due.OrderId);
        using var staff = souk.Staff();
        using var buyer = souk.Buyer(due.AccountId);
        var path = $"/payments/{due.Payments[0].PaymentId}";

        Assert.Equal(HttpStatusCode.Forbidden, (await buyer.Post(path + "/void", "{}")).Status);
        Assert.Equal("payment_move", (await staff.Post(path + "/capture", "{}")).Code);
        Assert.Equal(HttpStatusCode.Accepted, (await staff.Post(path + "/void", "{}")).Status);
        Assert.Equal("voided", (await souk.Heard<PaymentDeclined>(due.OrderId)).Code);
        await souk.Stands(due.Payments[0].PaymentId, "voided");
        Assert.Equal("payment_move", (await staff.Post(path + "/void", "{}")).Code);
        Assert.Equal(1, await souk.Value<long>("select count(*) from payments.audit where entity_id = $1", due.Payments[0].PaymentId));

        var failing = PaymentsAlone.Due("tok_capture_fails");
        await souk.Say(failing);
        await souk.Heard<PaymentsAuthorized>(failing.OrderId);
        await souk.Say(PaymentsAlone.Confirmed(failing));
        await souk.Heard<CaptureFailed>(failing.OrderId);
        Assert.Equal(HttpStatusCode.Accepted, (await staff.Post($"/payments/{failing.Payments[0].PaymentId}/capture", "{}")).Status);
    }

    private static object Pay(PaymentDue due, string method, int amount) => new
    {
        order_id = due.OrderId, method, token = method == "card" ? "tok_success" : "voucher-1", amount = new { amount, currency = "EUR" },
    };

    private async Task<PaymentDue> Declined(TimeSpan? left = null)
    {
        var due = PaymentsAlone.Due("tok_declined");
        await souk.Say(due);
        await souk.Heard<PaymentDeclined>(due.OrderId);
        await souk.Say(PaymentsAlone.Awaits(due, left ?? TimeSpan.FromMinutes(5)));
        await Waits(due);
        return due;
    }

    private Task Waits(PaymentDue due) => Eventually(async () => Assert.Equal(1, await souk.Value<long>(
        "select count(*) from payments.order_money where order_id = $1 and waiting_until is not null", due.OrderId)));
}
