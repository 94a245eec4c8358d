using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>The built-in roles and all permissions there are. For whoever is signed in.</summary>
internal static class ListRoles
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/roles", Roles).RequireSignIn().WithTags("Companies").WithSummary("The roles and what each may");
        routes.MapGet("/permissions", All).RequireSignIn().WithTags("Companies").WithSummary("All permissions");
    }

    private static Page<RoleResponse> Roles() => new(
        [
            .. Domain.Roles.OfCompany.Select(role => new RoleResponse(role.Key, "company", role.Value)),
            .. Domain.Roles.OfStaff.Select(role => new RoleResponse(role.Key, AccountKind.Staff, role.Value)),
        ],
        null);

    private static Page<PermissionResponse> All() => new([.. Permissions.All.Select(name => new PermissionResponse(name))], null);
}

/// <summary>A role.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Of"><c>company</c>: members have it for their company; <c>staff</c>: everywhere.</param>
/// <param name="Permissions">What it may.</param>
public sealed record RoleResponse(string Name, string Of, IReadOnlyList<string> Permissions);

/// <summary>A permission.</summary>
/// <param name="Name">Its name.</param>
public sealed record PermissionResponse(string Name);
