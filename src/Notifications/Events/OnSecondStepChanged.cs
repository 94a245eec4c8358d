using Souk.Contracts.Identity;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>Two-step sign-in was turned on or off: the owner hears of it, who else might have been.</summary>
internal sealed class OnSecondStepChanged(Queue queue) : IHandleBatch<SecondStepChanged>
{
    public Task Handle(IReadOnlyList<SecondStepChanged> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(change =>
            new NewMail(change.IsOn ? BuiltIn.SecondStepOn : BuiltIn.SecondStepOff, AccountId: change.AccountId))]);
        return Task.CompletedTask;
    }
}
