using Souk.Contracts.Orders;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>A payment of an order is reviewed: its buyer hears that it takes a while, and the order is kept for what follows.</summary>
internal sealed class OnOrderHeld(NotificationsDb db, Queue queue) : IHandleBatch<OrderHeld>
{
    public Task Handle(IReadOnlyList<OrderHeld> events, CancellationToken ct)
    {
        db.Keep([.. events.Select(order => new MailedOrder(
            order.OrderId, order.Number, order.Currency, order.TotalMinor, order.ContactId, order.AccountId,
            Array.ConvertAll(order.Lines, MailedLine.Of)))]);
        queue.Add([.. events.Select(order => new NewMail(BuiltIn.OrderHeld, order.OrderId))]);
        return Task.CompletedTask;
    }
}
