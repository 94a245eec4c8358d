using Souk.Contracts.Orders;
using Souk.Notifications.Events;

namespace Souk.IntegrationTests.Notifications;

/// <summary>Orders as Notifications hears of them.</summary>
internal static class Sales
{
    /// <summary>A confirmed order of a lamp of 20.00 EUR from each of these companies.</summary>
    public static async Task<OrderConfirmed> Sold(
        this NotificationsAlone souk, Guid contact, Guid? account = null, params Guid[] companies)
    {
        var order = new OrderConfirmed(
            Guid.CreateVersion7(), $"S-{contact.ToString()[^6..]}", null, account, contact, "EUR",
            2000 * companies.Length,
            [.. companies.Select(Lamp)],
            [.. companies.Select(company => new OrderedPart(Guid.CreateVersion7(), company, Guid.Empty, "Post"))],
            new OrderAnswer(201, "{}"));
        await souk.Run((db, queue) => new OnOrderConfirmed(db, queue).Handle([order], Ct));
        return order;
    }

    /// <summary>The first part is on its way.</summary>
    public static Task Shipped(this NotificationsAlone souk, OrderConfirmed order) => souk.Run(
        (_, queue) => new OnPartShipped(queue).Handle(
        [new PartShipped(
            order.OrderId, order.Parts[0].PartId, order.Parts[0].CompanyId, order.AccountId, order.ContactId, "Post",
            "RR1",
            [new LineQuantity(order.Lines[0].LineId, order.Lines[0].OfferId, 1)])],
        Ct));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static OrderedLine Lamp(Guid company) => new(
        Guid.CreateVersion7(), Guid.Empty, Guid.Empty, Guid.Empty, company, Guid.Empty, "LAMP", "Lamp", 1, 2000, 0, 0,
        0, 0, 2000,
        "standard", []);
}
