using Souk.Contracts.Payments;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>A payment was reviewed and not accepted: the buyer hears it, and that the order waits for another.</summary>
internal sealed class OnPaymentRejected(Queue queue) : IHandleBatch<PaymentRejected>
{
    public Task Handle(IReadOnlyList<PaymentRejected> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(payment => new NewMail(BuiltIn.PaymentRejected, payment.OrderId))]);
        return Task.CompletedTask;
    }
}
