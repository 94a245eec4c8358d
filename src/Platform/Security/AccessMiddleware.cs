using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;

namespace Souk.Platform.Security;

/// <summary>
/// Checks the policy of the route that was found. Denies by default: the program does not start while a route has no policy,
/// and says which.
/// </summary>
internal sealed class AccessMiddleware
{
    private static readonly Meter Meter = new("Souk.Security");
    private static readonly Counter<long> Denied = Meter.CreateCounter<long>("authz_denied", description: "Requests that were refused for who made them.");
    private readonly RequestDelegate next;

    /// <summary>Built with the pipeline, before the server listens.</summary>
    /// <exception cref="InvalidOperationException">Some routes have no policy.</exception>
    public AccessMiddleware(RequestDelegate next, EndpointDataSource routes)
    {
        this.next = next;
        var open = routes.Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<AccessRule>() is null)
            .Select(route => route.DisplayName ?? route.RoutePattern.RawText)
            .ToArray();
        if (open.Length > 0)
            throw new InvalidOperationException(
                $"Routes without a policy (AllowGuests, RequireSignIn or RequirePermission): {string.Join("; ", open)}.");
    }

    public Task Invoke(HttpContext http)
    {
        if (http.Features.Get<SoukAuthentication.Refusal>() is { } refusal)
            throw Unauthorized(http, refusal.Code, refusal.Detail, $"Bearer realm=\"souk\", error=\"invalid_token\"");
        // What routing answers itself (405, 415) is no route of ours and has no policy.
        if (http.GetEndpoint() is RouteEndpoint route)
            Check(http, route.Metadata.GetMetadata<AccessRule>());
        return next(http);
    }

    private static void Check(HttpContext http, AccessRule? rule)
    {
        if (rule is { Kind: AccessKind.Guests })
            return;
        var caller = http.CurrentCaller();
        if (!caller.IsSignedIn)
            throw Unauthorized(http, "sign_in_required", "Sign in first: this needs an access token or an API key.", "Bearer realm=\"souk\"");
        if (rule is { Kind: AccessKind.SignedIn } || (rule is not null && rule.Permissions.Any(caller.CanSomewhere)))
            return;
        Denied.Add(1, new KeyValuePair<string, object?>("status", StatusCodes.Status403Forbidden));
        throw new RuleException(403, "forbidden", "Your account may not do this.");
    }

    private static RuleException Unauthorized(HttpContext http, string code, string detail, string challenge)
    {
        Denied.Add(1, new KeyValuePair<string, object?>("status", StatusCodes.Status401Unauthorized));
        // The problem clears what was set on the response; this comes back when it is sent.
        http.Response.OnStarting(() =>
        {
            if (http.Response.StatusCode == StatusCodes.Status401Unauthorized)
                http.Response.Headers.WWWAuthenticate = challenge;
            return Task.CompletedTask;
        });
        return new RuleException(StatusCodes.Status401Unauthorized, code, detail);
    }
}
