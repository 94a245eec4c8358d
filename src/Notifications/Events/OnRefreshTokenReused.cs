using Souk.Contracts.Identity;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>A sign-in was ended because its token was used twice: its owner hears of it, and what to do.</summary>
internal sealed class OnRefreshTokenReused(Queue queue) : IHandleBatch<RefreshTokenReused>
{
    public Task Handle(IReadOnlyList<RefreshTokenReused> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(reuse => new NewMail(BuiltIn.SignInEnded, AccountId: reuse.AccountId))]);
        return Task.CompletedTask;
    }
}
