using System.Text.Json;
using Souk.Contracts.Identity;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Notifications.Events;

namespace Souk.IntegrationTests.Notifications;

/// <summary>Mails that follow from what happens, from the event to the mailbox.</summary>
public class OrderMailTests(NotificationsAlone souk)
{
    [Fact]
    public async Task Buyer_and_each_seller_hear_of_a_confirmed_order_the_sellers_only_of_their_lines()
    {
        var (order, buyer, first, second) = Sale();
        await Confirm(order);

        var mail = (await souk.Mails(buyer, 1))[0];
        Assert.Equal($"Your order {order.Number}", mail.GetProperty("subject").GetString());
        Assert.All(["Hello Anna Lind", "2 x Lamp: 39.98 EUR", "1 x Rug <big>: 20.00 EUR", "59.98 EUR"], part => Assert.Contains(part, Text(mail), StringComparison.Ordinal));
        Assert.Contains("Rug &lt;big&gt;", mail.GetProperty("html").GetString(), StringComparison.Ordinal);
        var toFirst = (await souk.Mails(first, 1))[0];
        Assert.Contains("2 x Lamp (LAMP): 35.00 EUR", Text(toFirst), StringComparison.Ordinal);
        Assert.DoesNotContain("Rug", Text(toFirst), StringComparison.Ordinal);
        Assert.DoesNotContain(buyer, Text(toFirst), StringComparison.Ordinal);
        Assert.Contains("Rug <big>", Text((await souk.Mails(second, 1))[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shipping_cancelling_a_part_and_refunding_are_told_to_whom_they_concern()
    {
        var (order, buyer, first, second) = Sale();
        await Confirm(order);
        await souk.Mails(buyer, 1);
        LineQuantity[] lamp = [new(order.Lines[0].LineId, Guid.Empty, 1)], rug = [new(order.Lines[1].LineId, Guid.Empty, 1)];
        await souk.Run((_, queue) => new OnPartShipped(queue).Handle(
            [new PartShipped(order.OrderId, Guid.Empty, order.Parts[0].CompanyId, null, order.ContactId, "Post", "RR1", lamp)], Ct));
        await souk.Run((_, queue) => new OnPartCancelled(queue).Handle(
            [new PartCancelled(order.OrderId, Guid.Empty, order.Parts[1].CompanyId, null, order.ContactId, "seller", rug, 2000)], Ct));
        await souk.Run((_, queue) => new OnPaymentRefunded(queue).Handle(
            [new PaymentRefunded(order.OrderId, Guid.CreateVersion7(), null, "EUR", 2000, 2000, "part_cancelled")], Ct));

        var subjects = (await souk.Mails(buyer, 4)).Select(mail => mail.GetProperty("subject").GetString()).ToList();
        Assert.Contains($"On its way: your order {order.Number}", subjects);
        Assert.Contains($"Cancelled: a part of your order {order.Number}", subjects);
        Assert.Contains($"20.00 EUR for your order {order.Number} are on their way back", subjects);
        var shipped = (await souk.Mails(buyer, 4)).Single(mail => Text(mail).Contains("Post", StringComparison.Ordinal));
        Assert.Contains("Tracking number: RR1", Text(shipped), StringComparison.Ordinal);
        Assert.Contains("1 x Lamp", Text(shipped), StringComparison.Ordinal);
        Assert.DoesNotContain("Rug", Text(shipped), StringComparison.Ordinal);
        await souk.Mails(first, 1);
        Assert.Contains((await souk.Mails(second, 2)).Select(Text), text => text.Contains("do not send", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_cancelled_order_is_told_to_all_and_one_that_was_never_confirmed_to_nobody()
    {
        var (order, buyer, first, second) = Sale();
        await Confirm(order);
        var lines = order.Lines.Select(line => new LineQuantity(line.LineId, line.OfferId, line.Quantity)).ToArray();
        await souk.Run((db, queue) => new OnOrderCancelled(db, queue).Handle(
        [
            new OrderCancelled(order.OrderId, null, null, order.ContactId, "buyer", true, lines),
            new OrderCancelled(Guid.CreateVersion7(), null, null, order.ContactId, "payment_expired", false, lines),
        ], Ct));

        Assert.Contains($"Cancelled: your order {order.Number}", (await souk.Mails(buyer, 2)).Select(mail => mail.GetProperty("subject").GetString()));
        await souk.Mails(first, 2);
        await souk.Mails(second, 2);
    }

    [Fact]
    public async Task A_refund_that_is_faster_than_its_order_waits_for_it()
    {
        var (order, buyer, _, _) = Sale();
        await souk.Run((_, queue) => new OnPaymentRefunded(queue).Handle(
            [new PaymentRefunded(order.OrderId, Guid.CreateVersion7(), null, "EUR", 500, 500, "staff")], Ct));
        await Eventually(async () => Assert.Equal(("queued", 1), await Mail(order.OrderId)));
        await Confirm(order);
        await souk.Query("update notifications.mails set next_try_at = now() where order_id = $1 and status = 'queued'", _ => 0, order.OrderId);

        Assert.Contains((await souk.Mails(buyer, 2)).Select(Text), text => text.Contains("5.00 EUR", StringComparison.Ordinal));

        async Task<(string, int)> Mail(Guid id) =>
            (await souk.Query("select status, attempts from notifications.mails where order_id = $1", row => (row.GetString(0), row.GetInt32(1)), id)).Single();
    }

    [Fact]
    public async Task A_link_is_mailed_once_and_never_stored_outside_the_mailbox()
    {
        var (request, email) = souk.Person();
        var gone = Guid.CreateVersion7();
        await souk.Run((_, queue) => new OnLinkRequested(queue).Handle([new EmailVerificationRequested(request, Guid.CreateVersion7())], Ct));
        await souk.Run((_, queue) => new OnLinkRequested(queue).Handle([new PasswordResetRequested(gone, Guid.CreateVersion7())], Ct));

        var mail = (await souk.Mails(email, 1))[0];
        Assert.Contains($"https://souk.example/go#token={request:N}", Text(mail), StringComparison.Ordinal);
        await Eventually(async () => Assert.Equal("skipped",
            (await souk.Query("select status from notifications.mails where request_id = $1", row => row.GetString(0), gone)).Single()));
        var row = (await souk.Query("select m::text from notifications.mails m where request_id = $1", row => row.GetString(0), request)).Single();
        Assert.DoesNotContain(email, row, StringComparison.Ordinal);
        Assert.DoesNotContain("token=", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_buyer_who_was_erased_gets_no_mail()
    {
        var (order, buyer, _, _) = Sale();
        souk.Forget(order.ContactId);
        await Confirm(order);

        await Eventually(async () => Assert.Equal("skipped", (await souk.Query(
            "select status from notifications.mails where order_id = $1 and company_id is null", row => row.GetString(0), order.OrderId)).Single()));
        await souk.Mails(buyer, 0);
    }

    private (OrderConfirmed Order, string Buyer, string First, string Second) Sale()
    {
        var ((contact, buyer), (a, first), (b, second)) = (souk.Person(), souk.Person("First"), souk.Person("Second"));
        var order = new OrderConfirmed(
            Guid.CreateVersion7(), $"S-{contact.ToString()[^6..]}", null, null, contact, "EUR", 5998,
            [Line(a, "LAMP", "Lamp", 2, 1750, 3998), Line(b, "RUG", "Rug <big>", 1, 1800, 2000)],
            [new(Guid.CreateVersion7(), a, Guid.Empty, "Post"), new(Guid.CreateVersion7(), b, Guid.Empty, "Post")],
            new OrderAnswer(201, "{}"));
        return (order, buyer, first, second);

        static OrderedLine Line(Guid company, string sku, string title, int quantity, long price, long total) => new(
            Guid.CreateVersion7(), Guid.Empty, Guid.Empty, Guid.Empty, company, Guid.Empty, sku, title, quantity, price, 0, 0, 0, 0, total, "standard", []);
    }

    private Task Confirm(OrderConfirmed order) => souk.Run((db, queue) => new OnOrderConfirmed(db, queue).Handle([order], Ct));

    private static string Text(JsonElement mail) => mail.GetProperty("text").GetString()!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}
