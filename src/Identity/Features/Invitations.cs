using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>
/// The invitations of a company that nobody has accepted: whoever may see its members sees them, whoever may invite sends the
/// mail again or withdraws them.
/// </summary>
internal static class Invitations
{
    private static readonly TimeSpan ResendPause = TimeSpan.FromMinutes(1);

    public static void Map(IEndpointRouteBuilder companies)
    {
        var invitations = companies.MapGroup("/{companyId:guid}/invitations");
        invitations.MapGet("", List).RequirePermission(Permissions.MembersRead)
            .WithSummary("Invitations that nobody has accepted")
            .WithDescription("Those that have run out are listed for thirty days; send them again or forget them.");
        invitations.MapPost("/{id:guid}/resend", Resend).RequirePermission(Permissions.MembersManage).Idempotent()
            .WithSummary("Send an invitation again")
            .WithDescription("A new link is mailed, good for seven days; the one before no longer works. At most once a minute.")
            .Problems("403 forbidden", "422 unknown_role");
        invitations.MapDelete("/{id:guid}", Withdraw).RequirePermission(Permissions.MembersManage)
            .WithSummary("Withdraw an invitation");
    }

    private static async Task<Page<InvitationResponse>> List(
        Guid companyId, Caller caller, IdentityDb db, PageRequest page, TimeProvider clock, CancellationToken ct)
    {
        await Companies.Find(companyId, Permissions.MembersRead, caller, db, ct);
        var rows = await Unanswered(db, companyId).AsNoTracking().InOrder(page, r => r.CreatedAt, r => r.Id).ToListAsync(ct);
        return page.Result(rows, r => [r.CreatedAt, r.Id], r => InvitationResponse.Of(r, clock.Now()));
    }

    private static async Task<Accepted<InvitationResponse>> Resend(
        Guid companyId, Guid id, Caller caller, IdentityDb db, LinkMail mail, TimeProvider clock, CancellationToken ct)
    {
        var company = await Companies.Find(companyId, Permissions.MembersManage, caller, db, ct);
        var old = await Find(companyId, id, db, ct);
        await db.CheckGives(caller, company, old.Role!, ct);
        if (old.CreatedAt + ResendPause - clock.Now() is { Ticks: > 0 } wait)
            throw new RuleException(429, "too_many_requests", "The mail went out a moment ago. Give it a minute.")
            {
                More = { ["retry_after"] = (int)Math.Ceiling(wait.TotalSeconds) },
            };
        mail.Use(old);
        var invitation = mail.Invite(companyId, old.Email!, old.Role!, old.ShopId);
        db.Audit(caller, "member.invite", "company", companyId, companyId,
            new { InvitationId = id }, new { old.Role, InvitationId = invitation.Id });
        return TypedResults.Accepted((string?)null, InvitationResponse.Of(invitation, clock.Now()));
    }

    private static async Task<NoContent> Withdraw(
        Guid companyId, Guid id, Caller caller, IdentityDb db, LinkMail mail, CancellationToken ct)
    {
        await Companies.Find(companyId, Permissions.MembersManage, caller, db, ct);
        var invitation = await Find(companyId, id, db, ct);
        mail.Use(invitation);
        db.Audit(
            caller, "member.withdraw_invitation", "company", companyId, companyId,
            before: new { invitation.Role, InvitationId = id });
        return TypedResults.NoContent();
    }

    internal static IQueryable<LinkRequest> Unanswered(IdentityDb db, Guid companyId) => db.LinkRequests
        .Where(r => r.CompanyId == companyId && r.Purpose == LinkPurpose.InviteMember && r.UsedAt == null);

    private static async Task<LinkRequest> Find(Guid companyId, Guid id, IdentityDb db, CancellationToken ct) =>
        await Unanswered(db, companyId).AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw RuleException.NotFound();
}

/// <summary>An invitation that nobody has accepted.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Email">Where the link went.</param>
/// <param name="Role">The role that waits.</param>
/// <param name="ShopId">The one shop the member is to sell in; null for all.</param>
/// <param name="Status"><c>open</c> or <c>expired</c>.</param>
/// <param name="CreatedAt">When the link went out.</param>
/// <param name="ExpiresAt">Until when it is good.</param>
public sealed record InvitationResponse(
    Guid Id, string Email, string Role, Guid? ShopId, string Status, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    internal static InvitationResponse Of(LinkRequest request, DateTimeOffset now) => new(
        request.Id, request.Email!, request.Role!, request.ShopId, request.ExpiresAt > now ? "open" : "expired",
        request.CreatedAt, request.ExpiresAt);
}
