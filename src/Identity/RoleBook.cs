using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

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
