using Microsoft.EntityFrameworkCore;
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
    /// mailbox. An account that may not sign in gets none.
    /// </summary>
    public async Task AskToReset(Account? account, CancellationToken ct)
    {
        var now = clock.Now();
        // An address without an account leaves a row too, so that asking for it takes as long.
        var request = New(LinkPurpose.ResetPassword, account is { IsActive: true } ? account.Id : null, null, ResetLife);
        if (request.AccountId is { } id)
        {
            var open = await db.LinkRequests
                .Where(r => r.AccountId == id && r.Purpose == LinkPurpose.ResetPassword && r.UsedAt == null && r.ExpiresAt > now)
                .ToListAsync(ct);
            if (open.Any(r => r.CreatedAt > now - ResetPause))
                return;
            foreach (var old in open)
                old.UsedAt = now;
            db.Publish(new PasswordResetRequested(request.Id, id));
        }
        db.LinkRequests.Add(request);
    }

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

    /// <summary>What a link stands for, while it can be used.</summary>
    public Task<LinkRequest?> Find(Guid id, string purpose, CancellationToken ct) => db.LinkRequests.AsNoTracking()
        .SingleOrDefaultAsync(r => r.Id == id && r.Purpose == purpose && r.UsedAt == null && r.ExpiresAt > clock.Now(), ct);

    /// <summary>Uses it up. Of two at once one fails.</summary>
    public void Use(LinkRequest request) =>
        db.RunMust("update link_requests set used_at = now() where id = $1 and used_at is null returning 1", request.Id);

    /// <summary>Ends the links that would move the account: whoever asked for them knew the password before this one.</summary>
    public void EndMoves(Guid accountId) => db.Run("""
        update link_requests set used_at = now()
         where account_id = $1 and purpose = 'verify_email' and email is not null and used_at is null
        """, accountId);

    public static RuleException Invalid() =>
        RuleException.Invalid("/token", "invalid_link", "The link was used before or has run out. Ask for a new one.");

    private LinkRequest New(string purpose, Guid? accountId, string? email, TimeSpan life)
    {
        var now = clock.Now();
        return new LinkRequest { Purpose = purpose, AccountId = accountId, Email = email, CreatedAt = now, ExpiresAt = now + life };
    }
}
