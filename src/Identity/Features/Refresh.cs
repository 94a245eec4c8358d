using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Identity.SignIn;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>
/// Takes a refresh token for new tokens. Whoever has it may. It is good once; one that comes back later ends the sign-in,
/// because then two have it.
/// </summary>
internal static class Refresh
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/refresh-token", Handle)
        .AllowGuests()
        .WithSummary("Take a refresh token for new tokens")
        .WithDescription("""
            When the answer was lost, the same token can be sent again within 10 seconds and gets the same successor. Later, or
            with an older token, all tokens of the sign-in are ended and the account's owner gets a mail.
            """)
        .Problems("401 invalid_refresh_token", "401 refresh_token_reused")
        .WithExample(new RefreshRequest("AZqk…"));

    internal static async Task<Results<Ok<TokensResponse>, Problem>> Handle(
        RefreshRequest request, IdentityDb db, Sessions sessions, CancellationToken ct)
    {
        var (outcome, tokens) = await sessions.Refresh(db, request.RefreshToken, ct);
        return outcome switch
        {
            Refreshed.Done => TypedResults.Ok(tokens),
            // Returned, not thrown: the end of the family is committed.
            Refreshed.FamilyEnded => new Problem(401, "refresh_token_reused", "This refresh token was used before. Sign in again."),
            _ => new Problem(401, "invalid_refresh_token", "The refresh token is not good. Sign in again."),
        };
    }
}

/// <summary>The token to take.</summary>
/// <param name="RefreshToken">What the last sign-in or refresh answered.</param>
public sealed record RefreshRequest([Required, StringLength(200)] string RefreshToken);
