using Souk.Contracts.Orders;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>A part was cancelled: the buyer and its seller get a mail.</summary>
internal sealed class OnPartCancelled(Queue queue) : IHandleBatch<PartCancelled>
{
    public Task Handle(IReadOnlyList<PartCancelled> events, CancellationToken ct)
    {
        queue.Add([.. events.SelectMany(part =>
        {
            var facts = MailFacts.Of(part.Lines, reason: part.Reason);
            return new[]
            {
                new NewMail(BuiltIn.OrderCancelled, part.OrderId, Facts: facts),
                new NewMail(BuiltIn.SaleCancelled, part.OrderId, part.CompanyId, Facts: facts),
            };
        })]);
        return Task.CompletedTask;
    }
}
