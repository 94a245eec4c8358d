using Souk.Contracts.Orders;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>A part is on its way, or a parcel of it: the buyer gets a mail with carrier and tracking number.</summary>
internal sealed class OnPartShipped(Queue queue) : IHandleBatch<PartShipped>
{
    public Task Handle(IReadOnlyList<PartShipped> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(part => new NewMail(
            BuiltIn.OrderShipped, part.OrderId, Facts: MailFacts.Of(part.Lines, part.Carrier, part.TrackingNumber)))]);
        return Task.CompletedTask;
    }
}
