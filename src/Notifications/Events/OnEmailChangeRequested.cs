using Souk.Contracts.Identity;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>An account is to move to another address: the present one hears of it before.</summary>
internal sealed class OnEmailChangeRequested(Queue queue) : IHandleBatch<EmailChangeRequested>
{
    public Task Handle(IReadOnlyList<EmailChangeRequested> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(change => new NewMail(BuiltIn.EmailChange, AccountId: change.AccountId))]);
        return Task.CompletedTask;
    }
}
