using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Souk.Identity.Domain;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity;

/// <summary>A link with which a member of staff sets the first password.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Link">The link, good once and for a day.</param>
/// <param name="Token">The token in it, for <c>POST /profile/password-reset</c>.</param>
public sealed record AdminInvitation(Guid AccountId, string Link, string Token);

/// <summary>
/// Makes members of staff, who never register themselves: for <c>souk admin create</c>, demo data and tests. There is no
/// seeded administrator and no default password.
/// </summary>
public sealed class AdminInvitations
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);
    private readonly IServiceScopeFactory scopes;
    private readonly Links links;
    private readonly TimeProvider clock;

    internal AdminInvitations(IServiceScopeFactory scopes, Links links, TimeProvider clock) =>
        (this.scopes, this.links, this.clock) = (scopes, links, clock);

    /// <summary>
    /// Makes the account, or a new link for one of staff that is there; links made before no longer work. Audited.
    /// </summary>
    /// <param name="email">The address; nothing is mailed to it.</param>
    /// <param name="ct">Ends the work.</param>
    /// <param name="role"><c>admin</c>, <c>support</c>, <c>finance</c> or <c>content</c>; of a new account only.</param>
    /// <exception cref="RuleException">It is no address, no role, or the address of an account that is not staff.</exception>
    public Task<AdminInvitation> Create(string email, CancellationToken ct, string role = Roles.Admin)
    {
        if (!EmailAddresses.IsValid(email))
            throw RuleException.Invalid("/email", "invalid_email", "This is no e-mail address. Example: ann@example.com.");
        if (!Roles.OfStaff.ContainsKey(role))
            throw RuleException.Invalid("/role", "unknown_role", $"The roles of staff are: {string.Join(", ", Roles.OfStaff.Keys)}.");
        return scopes.InTransaction<IdentityDb, AdminInvitation>((db, _) => Create(db, email, role, ct), ct);
    }

    private async Task<AdminInvitation> Create(IdentityDb db, string email, string role, CancellationToken ct)
    {
        var now = clock.Now();
        var key = Emails.Key(email);
        var account = await db.Accounts.SingleOrDefaultAsync(a => a.EmailKey == key, ct);
        if (account is null)
        {
            account = new Account { Kind = AccountKind.Staff, StaffRole = role, CreatedAt = now };
            account.SetEmail(email, now);
            db.Accounts.Add(account);
            db.Publish(() => account.Changed());
        }
        else if (account.Kind != AccountKind.Staff)
            throw new RuleException("email_taken", "This address has an account that is not staff. Use another.");
        db.Run("""
            update link_requests set used_at = now() where account_id = $1 and purpose = $2 and used_at is null
            """, account.Id, LinkPurpose.ResetPassword);
        var request = new LinkRequest
        {
            Purpose = LinkPurpose.ResetPassword,
            AccountId = account.Id,
            CreatedAt = now,
            ExpiresAt = now + Life,
        };
        db.LinkRequests.Add(request);
        db.Audit(Caller.Anonymous, "staff.invite", "account", account.Id, after: new { Role = account.StaffRole });
        return new AdminInvitation(account.Id, links.Url(request.Id, request.Purpose), links.Token(request.Id, request.Purpose));
    }
}
