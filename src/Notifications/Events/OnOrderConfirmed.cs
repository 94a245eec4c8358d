using Souk.Contracts.Orders;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>The buyer and each seller get a mail. What later mails tell of the order is kept.</summary>
internal sealed class OnOrderConfirmed(NotificationsDb db, Queue queue) : IHandleBatch<OrderConfirmed>
{
    public Task Handle(IReadOnlyList<OrderConfirmed> events, CancellationToken ct)
    {
        db.Keep([.. events.Select(order => new MailedOrder(
            order.OrderId, order.Number, order.Currency, order.TotalMinor, order.ContactId, order.AccountId,
            Array.ConvertAll(order.Lines, MailedLine.Of)))]);
        queue.Add([.. events.SelectMany(order => order.Parts
            .Select(part => new NewMail(BuiltIn.OrderReceived, order.OrderId, part.CompanyId))
            .Prepend(new NewMail(BuiltIn.OrderConfirmed, order.OrderId)))]);
        return Task.CompletedTask;
    }
}
