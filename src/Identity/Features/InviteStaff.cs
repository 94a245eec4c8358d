using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>
/// Makes a member of staff, who sets the first password with a mailed link. Who may give roles to staff invites, with a role that
/// may no more than their own; again for somebody who has not come yet, with a new link.
/// </summary>
internal static class InviteStaff
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/accounts", Handle)
        .RequirePermission(Permissions.AccountsManage)
        .Idempotent()
        .WithTags("Accounts")
        .WithSummary("Invite a member of staff")
        .WithDescription("A link is mailed, good for a day, with which the first password is set. Invite again for a new one.")
        .Problems("email_taken", "422 invalid_email", "422 unknown_role", "403 forbidden")
        .WithExample(new InviteStaffRequest("sam@example.com", "support"));

    private static async Task<Created<AccountResponse>> Handle(
        InviteStaffRequest request, Caller caller, IdentityDb db, LinkMail mail, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (!EmailAddresses.IsValid(request.Email))
            throw RuleException.Invalid("/email", "invalid_email", "This is no e-mail address. Example: ann@example.com.");
        await db.CheckGivesToStaff(caller, request.Role, ct);
        var key = Emails.Key(request.Email);
        var account = await db.Accounts.SingleOrDefaultAsync(a => a.EmailKey == key, ct);
        if (account is not null && account is not { Kind: AccountKind.Staff, PasswordHash: null, IsActive: true })
            throw new RuleException("email_taken", "This address has an account. Use another, or change the role of that one.");
        if (account is null)
        {
            account = new Account { Kind = AccountKind.Staff, StaffRole = request.Role, CreatedAt = clock.Now() };
            account.SetEmail(request.Email);
            db.Accounts.Add(account);
            db.Publish(() => account.Changed());
        }
        else
        {
            await Accounts.FindBelow(account.Id, caller, db, ct);
            account.StaffRole = request.Role;
        }
        mail.InviteStaff(account);
        db.Audit(caller, "staff.invite", "account", account.Id, after: new { Role = account.StaffRole });
        ETag.Set(http, account);
        return TypedResults.Created(
            $"/profile/{account.Id}",
            AccountResponse.Of(account, db.Entry(account).State == EntityState.Unchanged ? account.Version : account.Version + 1));
    }
}

/// <summary>Whom to invite.</summary>
/// <param name="Email">Where the link goes.</param>
/// <param name="Role">A role of <c>GET /roles?scope=marketplace</c>.</param>
public sealed record InviteStaffRequest([Required, StringLength(320)] string Email, [Required, StringLength(50)] string Role);
