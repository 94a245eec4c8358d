using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;
using static Souk.Platform.Security.Permissions;

namespace Souk.Identity;

/// <summary>What the roles may, built-in or made, and who may give them: nobody gives, takes or changes more than they have.</summary>
internal static class RoleBook
{
    /// <summary>What a member with this role may for a company; null when the company has no such role.</summary>
    public static async Task<string[]?> Permissions(this IdentityDb db, string role, Company company, CancellationToken ct)
    {
        if (Roles.OfCompany.ContainsKey(role))
            return Roles.Permissions(role, null, company.Kind, company.Status);
        return await Made(db, role, company.Id, ct) is { } made ? Roles.Permissions(role, made, company.Kind, company.Status) : null;
    }

    /// <summary>What staff with this role may; null when there is no such role.</summary>
    public static async Task<string[]?> StaffPermissions(this IdentityDb db, string role, CancellationToken ct)
    {
        if (Roles.OfStaff.TryGetValue(role, out var builtIn))
            return builtIn;
        return await Made(db, role, null, ct) is { } made ? Roles.StaffPermissions(role, made) : null;
    }

    /// <summary>Refuses a role that the company does not have, or that may more than who gives it.</summary>
    /// <exception cref="RuleException">422 <c>unknown_role</c>, 403 <c>forbidden</c>.</exception>
    public static async Task CheckGives(this IdentityDb db, Caller caller, Company company, string role, CancellationToken ct)
    {
        var permissions = await db.Permissions(role, company, ct)
            ?? throw RuleException.Invalid("/role", "unknown_role", "The company has no such role. GET /roles lists those there are.");
        if (!permissions.All(permission => caller.Can(permission, company.Id)))
            throw new RuleException(403, "forbidden", "This role may more than you. Ask somebody who has it.");
    }

    /// <summary>Refuses a role of staff that is none, or that may more than who gives it.</summary>
    /// <exception cref="RuleException">422 <c>unknown_role</c>, 403 <c>forbidden</c>.</exception>
    public static async Task CheckGivesToStaff(this IdentityDb db, Caller caller, string role, CancellationToken ct)
    {
        var gives = await db.StaffPermissions(role, ct) ?? throw RuleException.Invalid(
            "/role", "unknown_role", "There is no such role. GET /roles?scope=marketplace lists them.");
        // Who may give roles to members of companies everywhere gives them to staff.
        if (!caller.Can(MembersManage) || !gives.All(caller.Can))
            throw new RuleException(403, "forbidden", "You may not give this role. Ask an administrator.");
    }

    /// <summary>Refuses to change or remove a member who may more than the caller.</summary>
    /// <exception cref="RuleException">403 <c>forbidden</c>.</exception>
    public static async Task CheckBelow(this IdentityDb db, Caller caller, Company company, string role, CancellationToken ct)
    {
        var permissions = await db.Permissions(role, company, ct) ?? [];
        if (!permissions.All(permission => caller.Can(permission, company.Id)))
            throw new RuleException(403, "forbidden", "This member may more than you. Ask an owner.");
    }

    private static Task<string[]?> Made(IdentityDb db, string role, Guid? companyId, CancellationToken ct) => db.Roles.AsNoTracking()
        .Where(r => r.CompanyId == companyId && r.Name == role).Select(r => r.Permissions).SingleOrDefaultAsync(ct);
}
