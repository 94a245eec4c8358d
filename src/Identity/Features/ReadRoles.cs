using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>
/// The built-in roles, those that a company made for its members, and those that the marketplace made for its staff; and all
/// permissions there are. For whoever is signed in.
/// </summary>
internal static class ReadRoles
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var roles = routes.MapGroup("/roles").WithTags("Companies");
        roles.MapGet("", List).RequireSignIn()
            .WithSummary("The roles and what each may")
            .WithDescription("""
                The built-in ones, those of your companies, and for staff those of the marketplace. Filter by `scope`
                (`marketplace`, `company`) and `company_id`.
                """);
        roles.MapGet("/{id:guid}", Get).RequireSignIn().WithSummary("One role");
        routes.MapGet("/permissions", AllPermissions).RequireSignIn().WithTags("Companies")
            .WithSummary("All permissions, and where each can be given");
    }

    private static async Task<Page<RoleResponse>> List(
        Caller caller, IdentityDb db, PageRequest page, CancellationToken ct,
        [AllowedValues("marketplace", "company", null)] string? scope = null, [FromQuery(Name = "company_id")] Guid? companyId = null)
    {
        if (companyId is { } asked && !await db.Companies.VisibleTo(caller).AnyAsync(c => c.Id == asked, ct))
            throw RuleException.NotFound();
        var own = companyId is { } one ? [one] : caller.Companies.Keys.ToArray();
        var isStaff = IsStaff(caller);
        // At most fifty for each company, and the built-in ones, which are in no table: put in order here.
        var made = await db.Roles.AsNoTracking()
            .Where(r => r.CompanyId == null ? isStaff && companyId == null : own.Contains(r.CompanyId.Value)).ToListAsync(ct);
        page.Sort("name");
        var roles = BuiltIn().Concat(made.Select(r => RoleResponse.Of(r)))
            .Where(r => scope is null || r.Scope == scope)
            .Where(r => companyId is null || r.Scope == RoleResponse.Company)
            .OrderBy(r => r.Name, StringComparer.Ordinal).ThenBy(r => r.Id)
            .Where(r => page.After is not { } after || r.IsAfter(after.Get<string>(0), after.Get<Guid>(1)));
        return page.Result([.. roles.Take(page.Take)], r => [r.Name, r.Id]);
    }

    private static async Task<RoleResponse> Get(Guid id, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        if (BuiltIn().FirstOrDefault(r => r.Id == id) is { } builtIn)
            return builtIn;
        var role = await db.Roles.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct);
        if (role is null || !Sees(caller, role))
            throw RuleException.NotFound();
        ETag.Set(http, role.Version);
        return RoleResponse.Of(role);
    }

    private static Page<PermissionResponse> AllPermissions() => new(
        [.. Permissions.All.Select(name => new PermissionResponse(name, Domain.Roles.Grantable.Contains(name)
            ? [RoleResponse.Marketplace, RoleResponse.Company]
            : [RoleResponse.Marketplace]))],
        null);

    internal static bool Sees(Caller caller, Role role) =>
        role.CompanyId is { } company ? caller.Companies.ContainsKey(company) || IsStaff(caller) : IsStaff(caller);

    private static bool IsStaff(Caller caller) => caller.Can(Permissions.MembersRead);

    internal static IEnumerable<RoleResponse> BuiltIn() =>
    [
        .. Domain.Roles.OfCompany.Select(role => RoleResponse.BuiltInOf(role.Key, role.Value, isOfStaff: false)),
        .. Domain.Roles.OfStaff.Select(role => RoleResponse.BuiltInOf(role.Key, role.Value, isOfStaff: true)),
    ];
}

/// <summary>A role.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Scope"><c>company</c>: members have it for their company; <c>marketplace</c>: staff have it everywhere.</param>
/// <param name="CompanyId">The company that made it; null for built-in ones and the marketplace's.</param>
/// <param name="Name">By it members have the role.</param>
/// <param name="Description">What it is for.</param>
/// <param name="BuiltIn">Whether it came with the program and stays as it is.</param>
/// <param name="Permissions">What it may.</param>
/// <param name="Version">Grows with every change; 0 for built-in ones.</param>
public sealed record RoleResponse(
    Guid Id, string Scope, Guid? CompanyId, string Name, string? Description, bool BuiltIn, IReadOnlyList<string> Permissions, long Version)
{
    internal const string Marketplace = "marketplace";
    internal const string Company = "company";

    internal static RoleResponse Of(Role role, long? version = null) => new(
        role.Id, role.CompanyId is null ? Marketplace : Company, role.CompanyId, role.Name, role.Description, false, role.Permissions,
        version ?? role.Version);

    internal bool IsAfter(string name, Guid id) =>
        string.CompareOrdinal(Name, name) is var order && (order > 0 || order == 0 && Id > id);

    internal static RoleResponse BuiltInOf(string name, IReadOnlyList<string> permissions, bool isOfStaff) => new(
        Domain.Roles.IdOf(name, isOfStaff), isOfStaff ? Marketplace : Company, null, name, null, true, permissions, 0);
}

/// <summary>A permission.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scopes">The scopes whose roles may hold it.</param>
public sealed record PermissionResponse(string Name, IReadOnlyList<string> Scopes);
