using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>Tells another system whether an access token is good this moment, and for whom. Whoever is signed in may ask.</summary>
internal static class ValidateToken
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/validate", Handle)
        .RequireSignIn()
        .WithoutTransaction()
        .WithSummary("Check an access token")
        .WithDescription("Knows of logouts and suspensions at once. To check signatures without asking, use `/.well-known/jwks.json`.");

    private static async Task<ValidateTokenResponse> Handle(ValidateTokenRequest request, TokenCheck tokens, CancellationToken ct) =>
        await tokens.Caller(request.Token, ct) is { } caller
            ? new ValidateTokenResponse(
                true, caller.AccountId, caller.SessionId, caller.Kind, [.. caller.Permissions],
                caller.Companies.ToDictionary(company => company.Key, company => company.Value.ToArray()))
            : new ValidateTokenResponse(false, null, null, null, [], []);
}

/// <summary>The token to check.</summary>
/// <param name="Token">An access token.</param>
public sealed record ValidateTokenRequest([Required, StringLength(AccessToken.LengthMax)] string Token);

/// <summary>What an access token stands for.</summary>
/// <param name="Active">Whether it is good; if not, nothing else is told.</param>
/// <param name="AccountId">The account.</param>
/// <param name="SessionId">The sign-in.</param>
/// <param name="Kind">Kind of the account.</param>
/// <param name="Permissions">What it may everywhere.</param>
/// <param name="Companies">What it may for each of its companies.</param>
public sealed record ValidateTokenResponse(
    bool Active, Guid? AccountId, Guid? SessionId, string? Kind, string[] Permissions, Dictionary<Guid, string[]> Companies);
