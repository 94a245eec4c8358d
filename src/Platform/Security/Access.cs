using Microsoft.AspNetCore.Builder;

namespace Souk.Platform.Security;

/// <summary>Who may use a route. Every route says so with one of these; the program does not start with one that does not.</summary>
public static class AccessExtensions
{
    /// <summary>Everybody, signed in or not. Guests' tokens (<c>X-Cart-Token</c>, <c>X-Order-Token</c>) are read all the same.</summary>
    public static TBuilder AllowGuests<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new AccessRule(AccessKind.Guests, []));

    /// <summary>Whoever is signed in; the feature shows each caller only what is theirs.</summary>
    public static TBuilder RequireSignIn<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new AccessRule(AccessKind.SignedIn, []));

    /// <summary>
    /// Whoever has one of these permissions, for some company or everywhere: others get 403. For which company it is, the
    /// feature asks <see cref="Caller.Can(string, Guid)" />.
    /// </summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder route, params string[] permissions) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new AccessRule(AccessKind.Permission, permissions));
}

/// <summary>Who a route is open to.</summary>
public enum AccessKind
{
    /// <summary>Everybody.</summary>
    Guests,

    /// <summary>Every account.</summary>
    SignedIn,

    /// <summary>Accounts with a permission.</summary>
    Permission,
}

/// <summary>The policy of a route, as metadata: checked for every request, listed in the OpenAPI document.</summary>
/// <param name="Kind">Who.</param>
/// <param name="Permissions">Any of these; empty unless a permission is asked for.</param>
public sealed record AccessRule(AccessKind Kind, string[] Permissions);
