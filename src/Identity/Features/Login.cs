using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>Signs in by address or username. Everybody may; failures slow the next ones down.</summary>
internal static class Login
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/login", Handle)
        .AllowGuests()
        .WithSummary("Sign in")
        .WithDescription("""
            Give `email` or `username`. A wrong name and a wrong password get the same answer in the same time. After five
            failures each further one doubles the time to wait (429 with `Retry-After`). Keep `device_token` and send it with
            the next sign-in: failures of strangers then do not delay yours. An account with two-step sign-in gets a 401
            `second_step_required` whose `challenge` goes to `POST /auth/login/second-step` with a code.
            """)
        .Problems(
            "401 invalid_credentials", "401 second_step_required", "403 account_suspended",
            "422 name_required", "429 too_many_attempts", "429 busy_hashing")
        .WithExample(new LoginRequest("three cups of mint tea", Email: "ann@example.com"));

    private static Task<Results<Ok<LoginResponse>, Problem>> Handle(
        LoginRequest request, PasswordSignIn signIn, HttpContext http, CancellationToken ct)
    {
        if ((request.Email is null) == (request.Username is null))
            throw RuleException.Invalid("/email", "name_required", "Give either the e-mail address or the username.");
        return signIn.Run((request.Email ?? request.Username)!, request.Password, request.DeviceToken, http.Connection.RemoteIpAddress, ct);
    }
}

/// <summary>Who signs in.</summary>
/// <param name="Password">The password.</param>
/// <param name="Email">The address; or give the username.</param>
/// <param name="Username">The username; or give the address.</param>
/// <param name="DeviceToken">What an earlier sign-in on this device answered.</param>
public sealed record LoginRequest(
    [Required, StringLength(4096)] string Password,
    [StringLength(320)] string? Email = null,
    [StringLength(320)] string? Username = null,
    [StringLength(100)] string? DeviceToken = null);

/// <summary>The tokens of a sign-in.</summary>
/// <param name="AccessToken">Send it as <c>Authorization: Bearer</c>.</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token runs out.</param>
/// <param name="RefreshToken">Good for one <c>POST /auth/refresh-token</c>.</param>
/// <param name="RefreshExpiresIn">Seconds until the refresh token runs out.</param>
/// <param name="DeviceToken">Send it with the next sign-in on this device.</param>
public sealed record LoginResponse(
    string AccessToken, string TokenType, int ExpiresIn, string RefreshToken, int RefreshExpiresIn, string DeviceToken);
