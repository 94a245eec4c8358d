using Microsoft.EntityFrameworkCore;
using Souk.Contracts;
using Souk.Contracts.Identity;
using Souk.Identity.Domain;
using Souk.Platform.Http;

namespace Souk.Identity;

/// <summary>Asks for mails with a link, and finds and uses up what a link stands for.</summary>
internal sealed class LinkMail(IdentityDb db, TimeProvider clock)
{
    public static readonly TimeSpan VerifyLife = TimeSpan.FromDays(3);
    public static readonly TimeSpan ResetLife = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan InviteLife = TimeSpan.FromDays(7);
    public static readonly TimeSpan InviteStaffLife = TimeSpan.FromDays(1);
    private static readonly TimeSpan ResetPause = TimeSpan.FromMinutes(1);

    /// <summary>A link that verifies the account's address, or moves the account to a new one.</summary>
    public void AskToVerify(Account account, string? newEmail = null)
    {
        var request = New(LinkPurpose.VerifyEmail, account.Id, newEmail, VerifyLife);
        db.LinkRequests.Add(request);
        db.Publish(new EmailVerificationRequested(request.Id, account.Id));
    }

    /// <summary>
    /// A link to set a new password; the ones before it no longer work. At most one a minute, so that nobody fills another's
    /// mailbox. An account that may not sign in gets none. Whatever the address, the same statements are run.
    /// </summary>
    public async Task AskToReset(string email, CancellationToken ct)
    {
        var asked = await db.Query("""
            select id from accounts a where email_key = $1 and status = 'active' and not exists (
                select 1 from link_requests r
                 where r.account_id = a.id and purpose = 'reset_password' and used_at is null and r.created_at > $2)
            """, row => row.GetGuid(0), ct, Emails.Key(email), clock.Now() - ResetPause);
        Ask(LinkPurpose.ResetPassword, asked is [var id] ? id : null, (request, key) => new PasswordResetRequested(request, key));
    }

    /// <summary>Does what <see cref="AskToVerify" /> does, for no account: nobody gets a mail.</summary>
    public void AskNobody() => Ask(LinkPurpose.VerifyEmail, null, (request, key) => new EmailVerificationRequested(request, key));

    /// <summary>An invitation to a company.</summary>
    public LinkRequest Invite(Guid companyId, string email, string role, Guid? shopId)
    {
        var now = clock.Now();
        var request = new LinkRequest
        {
            Purpose = LinkPurpose.InviteMember,
            Email = email,
            CompanyId = companyId,
            Role = role,
            ShopId = shopId,
            CreatedAt = now,
            ExpiresAt = now + InviteLife,
        };
        db.LinkRequests.Add(request);
        db.Publish(new MemberInvited(request.Id, companyId));
        return request;
    }

    /// <summary>A link with which a new member of staff sets the first password.</summary>
    public void InviteStaff(Account account)
    {
        var request = New(LinkPurpose.ResetPassword, account.Id, null, InviteStaffLife);
        db.LinkRequests.Add(request);
        db.Publish(new StaffInvited(request.Id, account.Id));
    }

    /// <summary>What a link stands for, while it can be used.</summary>
    public Task<LinkRequest?> Find(Guid id, string purpose, CancellationToken ct) => db.LinkRequests.AsNoTracking()
        .Where(r => r.Id == id && r.Purpose == purpose && r.UsedAt == null && r.ExpiresAt > clock.Now())
        .Where(r => purpose != LinkPurpose.ResetPassword
            || !db.LinkRequests.Any(n => n.AccountId == r.AccountId && n.Purpose == purpose && n.CreatedAt > r.CreatedAt))
        .SingleOrDefaultAsync(ct);

    /// <summary>Uses it up. Of two at once one fails.</summary>
    public void Use(LinkRequest request) =>
        db.RunMust("update link_requests set used_at = now() where id = $1 and used_at is null returning 1", request.Id);

    /// <summary>
    /// Ends the links that would move the account: another address is wanted, or whoever asked knew a password that is no more.
    /// </summary>
    public void EndMoves(Guid accountId) => db.Run("""
        update link_requests set used_at = now()
         where account_id = $1 and purpose = 'verify_email' and email is not null and used_at is null
        """, accountId);

    public static RuleException Invalid() =>
        RuleException.Invalid("/token", "invalid_link", "The link was used before or has run out. Ask for a new one.");

    // A request of no account is written and published like any other, so that neither the time of the answer nor what follows
    // from it tells whether there is one. Its link leads nowhere, and who would mail it finds no address.
    private void Ask(string purpose, Guid? accountId, Func<Guid, Guid, IEvent> published)
    {
        var request = New(purpose, accountId, null, ResetLife);
        db.LinkRequests.Add(request);
        db.Publish(published(request.Id, accountId ?? Guid.CreateVersion7()));
    }

    private LinkRequest New(string purpose, Guid? accountId, string? email, TimeSpan life)
    {
        var now = clock.Now();
        return new LinkRequest { Purpose = purpose, AccountId = accountId, Email = email, CreatedAt = now, ExpiresAt = now + life };
    }
}
