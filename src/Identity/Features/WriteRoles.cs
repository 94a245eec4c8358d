using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>
/// Makes, changes and removes roles. Who may give roles makes them, of permissions they have themselves; a changed role holds for
/// all who have it within five seconds. Built-in roles stay as they are.
/// </summary>
internal static class WriteRoles
{
    private const int CountMax = 50;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var roles = routes.MapGroup("/roles").WithTags("Companies");
        roles.MapPost("", Create).RequirePermission(Permissions.MembersManage).Idempotent()
            .WithSummary("Make a role")
            .WithDescription("Of permissions that you have yourself. Without `company_id` it is one for the marketplace's staff.")
            .Problems("role_name_taken", "too_many_roles", "422 unknown_permission", "403 forbidden", "404 not_found")
            .WithExample(new RoleRequest("night_shift", [Permissions.StockRead, Permissions.OrdersRead], Guid.Empty, "Packs at night."));
        roles.MapPut("/{id:guid}", Put).RequirePermission(Permissions.MembersManage)
            .WithSummary("Change what a role may")
            .WithDescription("Whoever has it gets new tokens with the new permissions.")
            .Problems("built_in_role", "422 unknown_permission", "403 forbidden", "412 stale")
            .WithExample(new ChangeRoleRequest([Permissions.StockRead], "Counts at night."));
        roles.MapDelete("/{id:guid}", Delete).RequirePermission(Permissions.MembersManage)
            .WithSummary("Remove a role that nobody has")
            .Problems("built_in_role", "role_in_use", "403 forbidden", "412 stale");
    }

    private static async Task<Created<RoleResponse>> Create(
        RoleRequest request, Caller caller, IdentityDb db, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (request.CompanyId is { } companyId)
        {
            await Companies.Find(companyId, Permissions.MembersManage, caller, db, ct);
            Members.Lock(db, companyId);
        }
        else if (!caller.Can(Permissions.MembersManage))
            throw new RuleException(403, "forbidden", "Only the marketplace's administrators make roles for staff. Name your company.");
        var permissions = Checked(request.Permissions, caller, request.CompanyId);
        var isTaken = (request.CompanyId is null ? Domain.Roles.OfStaff : Domain.Roles.OfCompany).ContainsKey(request.Name)
            || await db.Roles.AnyAsync(r => r.CompanyId == request.CompanyId && r.Name == request.Name, ct);
        if (isTaken)
            throw new RuleException("role_name_taken", "There is a role of this name. Choose another.");
        if (await db.Roles.CountAsync(r => r.CompanyId == request.CompanyId, ct) >= CountMax)
            throw new RuleException("too_many_roles", $"There are at most {CountMax} roles besides the built-in ones. Remove one first.");
        var role = new Role
        {
            CompanyId = request.CompanyId,
            Name = request.Name,
            Description = request.Description,
            Permissions = permissions,
            CreatedAt = clock.Now(),
        };
        db.Roles.Add(role);
        db.Audit(caller, "role.create", "role", role.Id, role.CompanyId, after: new { role.Name, role.Permissions });
        ETag.Set(http, role);
        return TypedResults.Created($"/roles/{role.Id}", RoleResponse.Of(role, 1));
    }

    private static async Task<RoleResponse> Put(
        Guid id, ChangeRoleRequest request, Caller caller, IdentityDb db, Sessions sessions, HttpContext http, CancellationToken ct)
    {
        var role = await Find(id, caller, db, ct);
        ETag.Check(http, role.Version);
        var before = new { role.Description, role.Permissions };
        var permissions = Checked(request.Permissions, caller, role.CompanyId);
        role.Description = request.Description;
        if (!role.Permissions.SequenceEqual(permissions))
        {
            role.Permissions = permissions;
            sessions.TokensEnd(db, await Holders(db, role).ToArrayAsync(ct));
        }
        db.Audit(caller, "role.change", "role", id, role.CompanyId, before, new { role.Description, role.Permissions });
        ETag.Set(http, role);
        return RoleResponse.Of(role, db.Entry(role).State == EntityState.Modified ? role.Version + 1 : role.Version);
    }

    private static async Task<NoContent> Delete(
        Guid id, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        var role = await Find(id, caller, db, ct);
        ETag.Check(http, role.Version);
        // In one statement: whoever accepts an invitation meanwhile is the one or the other.
        var (holders, invited) = (await db.Query("""
            select (select count(*)::int from members where company_id = $1 and role = $2)
                   + (select count(*)::int from accounts where $1 is null and staff_role = $2),
                   (select count(*)::int from link_requests
                     where company_id = $1 and role = $2 and used_at is null and expires_at > now())
            """, row => (row.GetInt32(0), row.GetInt32(1)), ct, Pg.Uuid(role.CompanyId), role.Name))[0];
        if (holders + invited > 0)
            throw new RuleException("role_in_use", "Somebody has this role or is invited with it. Give them another first.")
            {
                More = { ["holders"] = holders, ["invitations"] = invited },
            };
        db.Roles.Remove(role);
        db.Audit(caller, "role.delete", "role", id, role.CompanyId, before: new { role.Name, role.Permissions });
        return TypedResults.NoContent();
    }

    /// <summary>A role that the caller may change: they may give roles there, and the role may no more than they.</summary>
    private static async Task<Role> Find(Guid id, Caller caller, IdentityDb db, CancellationToken ct)
    {
        if (ReadRoles.BuiltIn().Any(r => r.Id == id))
            throw new RuleException("built_in_role", "Built-in roles stay as they are. Make one of your own: POST /roles.");
        var role = await db.Roles.SingleOrDefaultAsync(r => r.Id == id, ct);
        if (role is null || !ReadRoles.Sees(caller, role))
            throw RuleException.NotFound();
        if (!Can(caller, Permissions.MembersManage, role.CompanyId) || !role.Permissions.All(p => Can(caller, p, role.CompanyId)))
            throw new RuleException(403, "forbidden", "This role may more than you. Ask somebody who has all of it.");
        if (role.CompanyId is { } companyId)
            Members.Lock(db, companyId);
        return role;
    }

    /// <summary>The permissions, each once; none that the caller lacks or that cannot be given there.</summary>
    private static string[] Checked(string[] permissions, Caller caller, Guid? companyId)
    {
        string[] allowed = [.. (companyId is null ? Permissions.All : Domain.Roles.Grantable).Where(p => Can(caller, p, companyId))];
        return permissions.Length > 0 && permissions.All(p => allowed.Contains(p))
            ? [.. allowed.Intersect(permissions)]
            : throw RuleException.Invalid(
                "/permissions", "unknown_permission", $"Name one or more of those you may give: {string.Join(", ", allowed)}.");
    }

    private static IQueryable<Guid> Holders(IdentityDb db, Role role) => role.CompanyId is { } companyId
        ? db.Members.Where(m => m.CompanyId == companyId && m.Role == role.Name).Select(m => m.AccountId)
        : db.Accounts.Where(a => a.StaffRole == role.Name).Select(a => a.Id);

    private static bool Can(Caller caller, string permission, Guid? companyId) =>
        companyId is { } company ? caller.Can(permission, company) : caller.Can(permission);
}

/// <summary>A role to make.</summary>
/// <param name="Name">By it members have the role: small letters, digits, <c>_ -</c>.</param>
/// <param name="Permissions">What it may; names of <c>GET /permissions</c>.</param>
/// <param name="CompanyId">The company whose members may have it; none for the marketplace's staff.</param>
/// <param name="Description">What it is for.</param>
public sealed record RoleRequest(
    [Required, RegularExpression("^[a-z][a-z0-9_-]{1,49}$")] string Name,
    [Required, MaxLength(50)] string[] Permissions,
    Guid? CompanyId = null,
    [StringLength(200), RegularExpression(Patterns.OneLine)] string? Description = null);

/// <summary>What may be changed of a role.</summary>
/// <param name="Permissions">What it may; names of <c>GET /permissions</c>.</param>
/// <param name="Description">What it is for.</param>
public sealed record ChangeRoleRequest(
    [Required, MaxLength(50)] string[] Permissions, [StringLength(200), RegularExpression(Patterns.OneLine)] string? Description = null);
