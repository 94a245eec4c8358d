using Souk.Contracts.Identity;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>Someone is to confirm an address, to set a new password, or is invited: they get a mail with a link that works once.</summary>
internal sealed class OnLinkRequested(Queue queue)
    : IHandleBatch<EmailVerificationRequested>, IHandleBatch<PasswordResetRequested>, IHandleBatch<MemberInvited>,
        IHandleBatch<StaffInvited>
{
    public Task Handle(IReadOnlyList<EmailVerificationRequested> events, CancellationToken ct) =>
        Add(BuiltIn.VerifyEmail, events.Select(e => e.RequestId));

    public Task Handle(IReadOnlyList<PasswordResetRequested> events, CancellationToken ct) =>
        Add(BuiltIn.ResetPassword, events.Select(e => e.RequestId));

    public Task Handle(IReadOnlyList<MemberInvited> events, CancellationToken ct) =>
        Add(BuiltIn.Invitation, events.Select(e => e.RequestId));

    public Task Handle(IReadOnlyList<StaffInvited> events, CancellationToken ct) =>
        Add(BuiltIn.StaffInvitation, events.Select(e => e.RequestId));

    private Task Add(string template, IEnumerable<Guid> requests)
    {
        queue.Add([.. requests.Select(request => new NewMail(template, RequestId: request))]);
        return Task.CompletedTask;
    }
}
