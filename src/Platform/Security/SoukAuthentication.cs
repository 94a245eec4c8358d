using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Souk.Platform.Security;

/// <summary>
/// Finds the caller of a request: <c>Authorization: Bearer</c>, <c>X-Api-Key</c>, and a guest's <c>X-Cart-Token</c> and
/// <c>X-Order-Token</c>. A token that is not good is never the same as none: the request is refused, also on public routes.
/// </summary>
internal sealed class SoukAuthentication(
    Callers callers, GuestTokens guests, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Souk";
    private const string Bearer = "Bearer ";

    private static readonly Refusal InvalidToken = new("invalid_token", "The access token is not good. Refresh it, or sign in again.");
    private static readonly Refusal InvalidApiKey = new("invalid_api_key", "The API key is not good. Check that it was copied whole and not revoked.");
    private static readonly Refusal InvalidCart = new("invalid_cart_token", "The X-Cart-Token is not one of ours. Leave it out to begin a new cart.");
    private static readonly Refusal InvalidOrder = new("invalid_order_token", "The X-Order-Token is not one of ours. Use the one the order's answer gave.");

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var headers = Request.Headers;
        var caller = Caller.Anonymous;
        var authorization = headers.Authorization;
        var apiKey = headers["X-Api-Key"];
        if (authorization.Count > 1 || (authorization.Count > 0 && apiKey.Count > 0))
            return Refuse(InvalidToken);
        if (authorization.Count == 1)
        {
            var text = authorization[0] ?? "";
            var found = text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && authorization[0]!.Length > Bearer.Length
                ? await callers.OfToken(text[Bearer.Length..], Context.RequestAborted)
                : null;
            if (found is null)
                return Refuse(InvalidToken);
            caller = found;
        }
        else if (apiKey.Count > 0)
        {
            var found = apiKey.Count == 1 ? await callers.OfApiKey(apiKey[0] ?? "", Context.RequestAborted) : null;
            if (found is null)
                return Refuse(InvalidApiKey);
            caller = found;
        }

        Guid? cart = null, order = null;
        if (headers.TryGetValue("X-Cart-Token", out var carts) && (carts.Count != 1 || (cart = guests.ReadCart(carts[0])) is null))
            return Refuse(InvalidCart);
        if (headers.TryGetValue("X-Order-Token", out var orders) && (orders.Count != 1 || (order = guests.ReadOrder(orders[0])) is null))
            return Refuse(InvalidOrder);

        caller = caller.With(cart, order);
        Context.Features.Set(caller);
        return caller.AccountId is { } account
            ? AuthenticateResult.Success(new AuthenticationTicket(
                new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, account.ToString())], SchemeName)), SchemeName))
            : AuthenticateResult.NoResult();
    }

    private AuthenticateResult Refuse(Refusal refusal)
    {
        Context.Features.Set(refusal);
        // Not a failure to ASP.NET Core, which would write a line into the log for every one.
        return AuthenticateResult.NoResult();
    }

    /// <summary>Why the credentials of a request are not good; answered by <see cref="AccessMiddleware" />.</summary>
    internal sealed record Refusal(string Code, string Detail);
}
