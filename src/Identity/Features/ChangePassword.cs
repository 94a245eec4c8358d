using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>Changes the caller's password. All sign-ins end; the answer begins a new one for this client.</summary>
internal static class ChangePassword
{
    public static void Map(IEndpointRouteBuilder profile) => profile.MapPost("/password-change", Handle)
        .RequireSignIn()
        .WithSummary("Change your password")
        .WithDescription("""
            Signs out everywhere, and ends a move to another address. The answer holds new tokens for the client that asked.
            """)
        .Problems("403 reauthentication_required", "403 api_key_not_allowed", "422 password_too_short",
            "422 password_too_long", "422 password_common", "429 too_many_attempts", "429 busy_hashing")
        .WithExample(new ChangePasswordRequest("three cups of mint tea", "four glasses of mint tea"));

    private static async Task<LoginResponse> Handle(
        ChangePasswordRequest request, Caller caller, IdentityDb db, Credentials credentials, ProfileChanges changes, Passwords passwords,
        Sessions sessions, LinkMail mail, SignIns signIns, CancellationToken ct)
    {
        var id = caller.Person();
        var owner = await credentials.Of(id, ct) ?? throw RuleException.NotFound();
        PasswordRules.Check(request.NewPassword, "/new_password", owner.Email, owner.Username);
        await changes.Confirm(caller, owner, request.CurrentPassword, ct);
        var hash = await passwords.Hash(request.NewPassword, ct);

        var account = await db.Accounts.SingleAsync(a => a.Id == id, ct);
        // Changed meanwhile by another: what was checked above is no longer the password.
        if (account.PasswordHash != owner.PasswordHash)
            throw new RuleException("changed_meanwhile", "The password was changed meanwhile. Sign in again.");
        account.PasswordHash = hash;
        sessions.EndAll(db, id, "password changed");
        mail.EndMoves(id);
        return await signIns.Begin(id, null, ct);
    }
}

/// <summary>The old and the new password.</summary>
/// <param name="CurrentPassword">The password of today.</param>
/// <param name="NewPassword">15 to 256 characters of any kind.</param>
public sealed record ChangePasswordRequest([Required, StringLength(4096)] string CurrentPassword, [Required, StringLength(4096)] string NewPassword);
