using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Identity.SignIn;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>Ends a sign-in that asked for a second step. Whoever has the challenge may, which takes the password.</summary>
internal static class LoginSecondStep
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/login/second-step", Handle)
        .AllowGuests()
        .WithSummary("Sign in: the second step")
        .WithDescription("""
            Takes the `challenge` of the first step, good for five minutes, and a code of the authenticator app or a recovery code.
            Each is good once. After five wrong ones each further one doubles the time to wait (429 with `Retry-After`).
            """)
        .Problems("401 invalid_challenge", "401 invalid_code", "403 account_suspended", "429 too_many_attempts")
        .WithExample(new SecondStepRequest("AZqk…", "492039"));

    private static async Task<LoginResponse> Handle(
        SecondStepRequest request, Credentials credentials, Challenges challenges, SecondStep secondStep,
        SignIns signIns, CancellationToken ct)
    {
        var account = Challenges.AccountOf(request.Challenge) is { } id ? await credentials.Of(id, ct) : null;
        if (account?.PasswordHash is null || !challenges.IsGood(request.Challenge, account.PasswordHash))
            throw new RuleException(401, "invalid_challenge", "That took too long, or the password was changed. Sign in with it again.");
        if (!await secondStep.Check(account.Id, request.Code, ct))
            throw new RuleException(
                401, "invalid_code", "The code is wrong or was used. Wait for the next one of your app, or give a recovery code.");
        return await signIns.Begin(account.Id, request.DeviceToken, ct);
    }
}

/// <summary>The second step.</summary>
/// <param name="Challenge">What the first step answered.</param>
/// <param name="Code">Six digits of the authenticator app, or a recovery code.</param>
/// <param name="DeviceToken">What an earlier sign-in on this device answered.</param>
public sealed record SecondStepRequest(
    [Required, StringLength(100)] string Challenge, [Required, StringLength(50)] string Code,
    [StringLength(100)] string? DeviceToken = null);
