using Souk.Contracts.Payments;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>Money went back: the buyer gets a mail with the amount.</summary>
internal sealed class OnPaymentRefunded(Queue queue) : IHandleBatch<PaymentRefunded>
{
    public Task Handle(IReadOnlyList<PaymentRefunded> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(refund => new NewMail(
            BuiltIn.OrderRefunded, refund.OrderId, Facts: new MailFacts(Reason: refund.Reason, AmountMinor: refund.AmountMinor)))]);
        return Task.CompletedTask;
    }
}
