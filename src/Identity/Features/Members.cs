using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>The members of a company: invited by mail, with a role, removed by an owner or by themselves.</summary>
internal static class Members
{
    private const int CountMax = 200;
    private const int InvitationsMax = 50;

    public static void Map(IEndpointRouteBuilder companies)
    {
        var members = companies.MapGroup("/{companyId:guid}/members");
        members.MapGet("", List).RequirePermission(Permissions.MembersRead).WithSummary("The members of a company");
        members.MapPost("", Invite).RequirePermission(Permissions.MembersManage).Idempotent()
            .WithSummary("Invite a member")
            .WithDescription("A link is mailed, good for seven days. The answer does not tell whether the address has an account.")
            .Problems("422 invalid_email", "422 unknown_role", "422 unknown_shop", "422 owner_of_one_shop", "403 forbidden", "too_many_members")
            .WithExample(new InviteMemberRequest("bob@example.com", "clerk"));
        members.MapPost("/accept", Accept).RequireSignIn()
            .WithSummary("Accept an invitation")
            .WithDescription("Refresh your token afterwards: it tells what you may for the company.")
            .Problems("422 invalid_link", "already_member", "403 forbidden", "403 api_key_not_allowed");
        members.MapPut("/{accountId:guid}", ChangeRole).RequirePermission(Permissions.MembersManage)
            .WithSummary("Give a member another role")
            .Problems("422 unknown_role", "422 owner_of_one_shop", "403 forbidden", "last_owner", "412 stale")
            .WithExample(new ChangeMemberRequest("manager"));
        members.MapDelete("/{accountId:guid}", Remove).RequireSignIn()
            .WithSummary("Remove a member, or leave")
            .Problems("403 forbidden", "last_owner");
    }

    private static async Task<Page<MemberResponse>> List(Guid companyId, Caller caller, IdentityDb db, PageRequest page, CancellationToken ct)
    {
        await Companies.Find(companyId, Permissions.MembersRead, caller, db, ct);
        var members = db.Members.AsNoTracking().Where(m => m.CompanyId == companyId).InOrder(page, m => m.JoinedAt, m => m.AccountId);
        var rows = await members.Join(db.Accounts, m => m.AccountId, a => a.Id, (m, a) => new MemberResponse(
            a.Id, m.Role, m.ShopId, a.Email, a.FirstName, a.LastName, a.Status, m.JoinedAt, m.Version)).ToListAsync(ct);
        // The join may have changed the order of the page's rows.
        var sorted = page.Sort("-created_at", "created_at") == "created_at"
            ? rows.OrderBy(m => m.JoinedAt).ThenBy(m => m.AccountId.ToString(), StringComparer.Ordinal)
            : rows.OrderByDescending(m => m.JoinedAt).ThenByDescending(m => m.AccountId.ToString(), StringComparer.Ordinal);
        return page.Result([.. sorted], m => [m.JoinedAt, m.AccountId]);
    }

    private static async Task<Accepted<InvitationResponse>> Invite(
        Guid companyId, InviteMemberRequest request, Caller caller, IdentityDb db, LinkMail mail, TimeProvider clock, CancellationToken ct)
    {
        var company = await Companies.Find(companyId, Permissions.MembersManage, caller, db, ct);
        if (!EmailAddresses.IsValid(request.Email))
            throw RuleException.Invalid("/email", "invalid_email", "This is no e-mail address. Example: ann@example.com.");
        if (request.ShopId is { } shop && !await db.Shops.AnyAsync(s => s.Id == shop && s.CompanyId == companyId, ct))
            throw RuleException.Invalid("/shop_id", "unknown_shop", "The company has no such shop.");
        CheckOwnsAll(request.Role, request.ShopId);
        Lock(db, companyId);
        await db.CheckGives(caller, company, request.Role, ct);
        var open = await Invitations.Unanswered(db, companyId).AsNoTracking().Where(r => r.ExpiresAt > clock.Now()).ToListAsync(ct);
        if (open.Count >= InvitationsMax || await db.Members.CountAsync(m => m.CompanyId == companyId, ct) >= CountMax)
            throw new RuleException("too_many_members", $"A company has at most {CountMax} members and {InvitationsMax} open invitations.");
        // Invited once more: the new link takes the place of the old one.
        foreach (var old in open.Where(r => Emails.Key(r.Email!) == Emails.Key(request.Email)))
            mail.Use(old);
        var invitation = mail.Invite(companyId, request.Email, request.Role, request.ShopId);
        db.Audit(caller, "member.invite", "company", companyId, companyId, after: new { request.Role, InvitationId = invitation.Id });
        return TypedResults.Accepted((string?)null, InvitationResponse.Of(invitation, clock.Now()));
    }

    private static async Task<MembershipResponse> Accept(
        Guid companyId, AcceptInvitationRequest request, Caller caller, IdentityDb db, Links links, LinkMail mail, TimeProvider clock, CancellationToken ct)
    {
        var account = caller.Person();
        if (caller.Kind == AccountKind.Staff)
            throw new RuleException(403, "forbidden", "Staff are no members of companies. Accept it with another account.");
        var found = links.Read(request.Token, LinkPurpose.InviteMember) is { } id ? await mail.Find(id, LinkPurpose.InviteMember, ct) : null;
        if (found is null || found.CompanyId != companyId)
            throw LinkMail.Invalid();
        if (await db.Members.AnyAsync(m => m.CompanyId == companyId && m.AccountId == account, ct))
            throw new RuleException("already_member", "You are a member of this company already.");
        mail.Use(found);
        db.Members.Add(new Member
        {
            CompanyId = companyId,
            AccountId = account,
            Role = found.Role!,
            ShopId = found.ShopId,
            JoinedAt = clock.Now(),
        });
        db.Audit(caller, "member.accept", "company", companyId, companyId, after: new { AccountId = account, found.Role });
        return new MembershipResponse(companyId, found.Role!, found.ShopId);
    }

    private static async Task<MembershipResponse> ChangeRole(
        Guid companyId, Guid accountId, ChangeMemberRequest request, Caller caller, IdentityDb db, Sessions sessions, HttpContext http, CancellationToken ct)
    {
        var company = await Companies.Find(companyId, Permissions.MembersManage, caller, db, ct);
        Lock(db, companyId);
        await db.CheckGives(caller, company, request.Role, ct);
        var member = await db.Members.SingleOrDefaultAsync(m => m.CompanyId == companyId && m.AccountId == accountId, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, member.Version);
        await db.CheckBelow(caller, company, member.Role, ct);
        CheckOwnsAll(request.Role, member.ShopId);
        if (member.Role == Roles.Owner && request.Role != Roles.Owner)
            await CheckOtherOwner(db, companyId, accountId, ct);
        var before = member.Role;
        member.Role = request.Role;
        sessions.TokensEnd(db, accountId);
        db.Audit(caller, "member.change", "company", companyId, companyId,
            new { AccountId = accountId, Role = before }, new { AccountId = accountId, member.Role });
        ETag.Set(http, member);
        return new MembershipResponse(companyId, member.Role, member.ShopId);
    }

    private static async Task<NoContent> Remove(
        Guid companyId, Guid accountId, Caller caller, IdentityDb db, Sessions sessions, CancellationToken ct)
    {
        // Everybody may leave; to remove others takes the permission.
        if (caller.AccountId != accountId || caller.ApiKeyId is not null)
        {
            var company = await Companies.Find(companyId, Permissions.MembersManage, caller, db, ct);
            var role = await db.Members.Where(m => m.CompanyId == companyId && m.AccountId == accountId)
                .Select(m => m.Role).SingleOrDefaultAsync(ct);
            if (role is not null)
                await db.CheckBelow(caller, company, role, ct);
        }
        if (!await Leave(db, companyId, accountId, ct))
            throw RuleException.NotFound();
        sessions.TokensEnd(db, accountId);
        db.Audit(caller, "member.remove", "company", companyId, companyId, before: new { AccountId = accountId });
        return TypedResults.NoContent();
    }

    /// <summary>Ends a membership and the API keys the member made. False when there was none.</summary>
    /// <exception cref="RuleException">409 <c>last_owner</c>.</exception>
    internal static async Task<bool> Leave(IdentityDb db, Guid companyId, Guid accountId, CancellationToken ct)
    {
        Lock(db, companyId);
        var member = await db.Members.SingleOrDefaultAsync(m => m.CompanyId == companyId && m.AccountId == accountId, ct);
        if (member is null)
            return false;
        if (member.Role == Roles.Owner)
            await CheckOtherOwner(db, companyId, accountId, ct);
        db.Members.Remove(member);
        db.Run("update api_keys set revoked_at = now() where company_id = $1 and account_id = $2 and revoked_at is null", companyId, accountId);
        return true;
    }

    // Two owners that leave at once take turns, so the second finds out that it is the last.
    internal static void Lock(IdentityDb db, Guid companyId) =>
        db.Ask("select 1 from companies where id = $1 for no key update", _ => { }, companyId);

    // An owner of one shop could not run the company, which needs an owner who can.
    private static void CheckOwnsAll(string role, Guid? shopId)
    {
        if (role == Roles.Owner && shopId is not null)
            throw RuleException.Invalid("/role", "owner_of_one_shop", "An owner is one of the whole company. Give another role for one shop.");
    }

    private static async Task CheckOtherOwner(IdentityDb db, Guid companyId, Guid accountId, CancellationToken ct)
    {
        if (!await db.Members.AnyAsync(m => m.CompanyId == companyId && m.AccountId != accountId && m.Role == Roles.Owner, ct))
            throw new RuleException("last_owner", "A company needs an owner. Make another member one first.");
    }
}

/// <summary>Whom to invite.</summary>
/// <param name="Email">Where the link goes.</param>
/// <param name="Role">A role of <c>GET /roles</c>.</param>
/// <param name="ShopId">The one shop the member sells in; left out for all of the company's. Stock and orders are of the whole company.</param>
public sealed record InviteMemberRequest(
    [Required, StringLength(320)] string Email, [Required, StringLength(50)] string Role, Guid? ShopId = null);

/// <summary>The token of the mailed invitation.</summary>
/// <param name="Token">As it stands in the mail.</param>
public sealed record AcceptInvitationRequest([Required, StringLength(200)] string Token);

/// <summary>The new role.</summary>
/// <param name="Role">A role of <c>GET /roles</c>.</param>
public sealed record ChangeMemberRequest([Required, StringLength(50)] string Role);

/// <summary>A membership.</summary>
public sealed record MembershipResponse(Guid CompanyId, string Role, Guid? ShopId);

/// <summary>A member of a company.</summary>
public sealed record MemberResponse(
    Guid AccountId, string Role, Guid? ShopId, string? Email, string FirstName, string LastName, string Status, DateTimeOffset JoinedAt, long Version);
