using Souk.Contracts.Payments;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>A payout left for its seller's account, or could not be paid: the seller hears of it.</summary>
internal sealed class OnPayoutMoved(Queue queue) : IHandleBatch<PayoutSent>, IHandleBatch<PayoutFailed>
{
    public Task Handle(IReadOnlyList<PayoutSent> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(p => Mail(BuiltIn.PayoutSent, p.CompanyId, p.Currency, p.AmountMinor))]);
        return Task.CompletedTask;
    }

    public Task Handle(IReadOnlyList<PayoutFailed> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(p => Mail(BuiltIn.PayoutFailed, p.CompanyId, p.Currency, p.AmountMinor))]);
        return Task.CompletedTask;
    }

    private static NewMail Mail(string template, Guid companyId, string currency, long amountMinor) =>
        new(template, CompanyId: companyId, Facts: new MailFacts(AmountMinor: amountMinor, Currency: currency));
}
