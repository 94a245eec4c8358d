using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Souk.Identity.Features;
using Souk.Platform.Http;

namespace Souk.Identity.SignIn;

/// <summary>What follows the right password: the tokens of a new sign-in, or the question for the second step.</summary>
internal sealed class SignIns(IdentityDb db, Sessions sessions, Devices devices, Challenges challenges)
{
    /// <summary>Begins a sign-in, unless the account has a second step.</summary>
    /// <param name="account">Whose password was given.</param>
    /// <param name="passwordHash">What is kept of it now.</param>
    /// <param name="deviceToken">What an earlier sign-in on the device answered.</param>
    /// <param name="ct">Ends the work.</param>
    public async Task<Results<Ok<LoginResponse>, Problem>> AfterPassword(
        Credential account, string passwordHash, string? deviceToken, CancellationToken ct)
    {
        if (!account.HasSecondStep)
            return TypedResults.Ok(await Begin(account.Id, deviceToken, ct));
        // Returned, not thrown: that the password was right is committed.
        return new Problem(
            401, "second_step_required", "The password is right. Send challenge and a code of your app to POST /auth/login/second-step.")
        {
            More =
            {
                ["challenge"] = challenges.New(account.Id, passwordHash),
                ["expires_in"] = (int)Challenges.Life.TotalSeconds,
            },
        };
    }

    /// <summary>Begins a sign-in; the answer has its tokens, and the device's own.</summary>
    public async Task<LoginResponse> Begin(Guid accountId, string? deviceToken, CancellationToken ct)
    {
        var tokens = await sessions.Begin(db, accountId, ct);
        return new LoginResponse(
            tokens.AccessToken, tokens.TokenType, tokens.ExpiresIn, tokens.RefreshToken, tokens.RefreshExpiresIn,
            devices.Read(deviceToken, accountId) is null ? devices.New(accountId) : deviceToken!);
    }
}
