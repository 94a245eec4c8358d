using System.Text.Json;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Notifications.Events;

namespace Souk.IntegrationTests.Notifications;

/// <summary>Mails about what does not go straight: payments that are reviewed, and goods that come back.</summary>
public class ReturnMailTests(NotificationsAlone souk)
{
    [Fact]
    public async Task A_return_is_told_to_its_seller_and_what_became_of_it_to_its_buyer()
    {
        var ((buyer, buyers), (seller, sellers), (other, others)) =
            (souk.Person("Anna", "de"), souk.Person(), souk.Person());
        var order = await souk.Sold(buyer, buyer, seller, other);
        await souk.Mails(buyers, 1);
        await souk.Mails(sellers, 1);

        await Moved(order, seller, "requested");
        var wish = (await souk.Mails(sellers, 2)).Single(mail => Subject(mail).Contains("return", StringComparison.Ordinal));
        Assert.Equal($"Somebody wants to return a part of order {order.Number}", Subject(wish));
        Assert.Contains("1 x Lamp (LAMP)", Text(wish), StringComparison.Ordinal);
        Assert.Contains("no longer wanted", Text(wish), StringComparison.Ordinal);

        foreach (var status in new[] { "approved", "rejected", "received", "withdrawn" })
            await Moved(order, seller, status);
        Assert.Equal(
            [
                $"Ihre Bestellung {order.Number}", $"Ihre Rückgabe zu Bestellung {order.Number} ist angekommen",
                $"Ihre Rückgabe zu Bestellung {order.Number} wurde abgelehnt",
                $"Sie können zurücksenden: Ihre Bestellung {order.Number}",
            ],
            (await souk.Mails(buyers, 4)).Select(Subject).Order(StringComparer.Ordinal));
        await souk.Mails(sellers, 2);
        await souk.Mails(others, 1);
    }

    [Fact]
    public async Task A_buyer_whose_payment_is_reviewed_hears_of_it_and_of_its_end()
    {
        var ((buyer, buyers), (seller, sellers)) = (souk.Person(), souk.Person());
        var held = new OrderHeld(Guid.CreateVersion7(), "S-H1", null, buyer, "EUR", 2000, [Lamp(seller)]);
        await souk.Run((db, queue) => new OnOrderHeld(db, queue).Handle([held], Ct));
        var first = Assert.Single(await souk.Mails(buyers, 1));
        Assert.Equal("We are checking the payment of your order S-H1", Subject(first));
        Assert.Contains("1 x Lamp", Text(first), StringComparison.Ordinal);

        await souk.Run((_, queue) => new OnPaymentRejected(queue).Handle(
            [new PaymentRejected(held.OrderId, Guid.CreateVersion7())], Ct));
        Assert.Contains("The payment of your order S-H1 was not accepted", (await souk.Mails(buyers, 2)).Select(Subject));

        await souk.Run((db, queue) => new OnOrderCancelled(db, queue).Handle(
            [new OrderCancelled(held.OrderId, null, null, buyer, "payment_expired", false, [])], Ct));
        Assert.Contains(
            "Your order S-H1 was cancelled before it was paid", (await souk.Mails(buyers, 3)).Select(Subject));
        // There was nothing for them to do.
        await souk.Mails(sellers, 0);
    }

    private Task Moved(OrderConfirmed order, Guid company, string status) => souk.Run(
        (_, queue) => new OnReturnMoved(queue).Handle(
            [new ReturnMoved(
                order.OrderId, Guid.CreateVersion7(), company, status, "no_longer_wanted",
                [new LineQuantity(order.Lines[0].LineId, order.Lines[0].OfferId, 1)])], Ct));

    private static OrderedLine Lamp(Guid company) => new(
        Guid.CreateVersion7(), Guid.Empty, Guid.Empty, Guid.Empty, company, Guid.Empty, "LAMP", "Lamp", 1, 2000, 0, 0, 0, 0,
        2000, "standard", []);

    private static string Subject(JsonElement mail) => mail.GetProperty("subject").GetString()!;

    private static string Text(JsonElement mail) => mail.GetProperty("text").GetString()!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}
