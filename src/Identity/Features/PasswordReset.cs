using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>
/// Asks for a link to set a new password, and sets it. Everybody may ask; whoever has the mailed token may set, once and
/// within ten minutes. All sign-ins and moves to another address end.
/// </summary>
internal static class PasswordReset
{
    public static void Map(IEndpointRouteBuilder profile)
    {
        profile.MapPost("/password-reset-request", Ask)
            .AllowGuests()
            .WithSummary("Ask for a link to set a new password")
            .WithDescription("The answer is the same whether the address has an account or not. The link works for ten minutes, and only the newest one does.")
            .WithExample(new PasswordResetRequestRequest("ann@example.com"));
        profile.MapPost("/password-reset", Set)
            .AllowGuests()
            .WithSummary("Set a new password with a mailed link")
            .Problems("422 invalid_link", "422 password_too_short", "422 password_common", "429 busy_hashing")
            .WithExample(new PasswordResetRequest("Aaf…", "four glasses of mint tea"));
    }

    internal static async Task<Accepted<PasswordResetAnswer>> Ask(
        PasswordResetRequestRequest request, LinkMail mail, CancellationToken ct)
    {
        await mail.AskToReset(request.Email, ct);
        return TypedResults.Accepted((string?)null, new PasswordResetAnswer("If the address has an account, a link to set a new password is on its way."));
    }

    internal static async Task<NoContent> Set(
        PasswordResetRequest request, IdentityDb db, Links links, LinkMail mail, Credentials credentials, Passwords passwords,
        Sessions sessions, TimeProvider clock, CancellationToken ct)
    {
        var id = links.Read(request.Token, LinkPurpose.ResetPassword);
        var owner = id is null ? null : await credentials.OfLink(id.Value, LinkPurpose.ResetPassword, ct);
        if (owner is null)
            throw LinkMail.Invalid();
        PasswordRules.Check(request.Password, "/password", owner.Email, owner.Username);
        var hash = await passwords.Hash(request.Password, ct);

        // Again, now in the transaction: a newer link, or this one in another tab, may have come between.
        var found = await mail.Find(id!.Value, LinkPurpose.ResetPassword, ct) ?? throw LinkMail.Invalid();
        var account = await db.Accounts.SingleAsync(a => a.Id == owner.Id, ct);
        mail.Use(found);
        account.PasswordHash = hash;
        // Whoever reads the mail owns the address.
        account.VerifyEmail(clock.Now());
        SignInDelays.Forgive(db, SignInDelays.Account(account.Id));
        sessions.EndAll(db, account.Id, "password reset");
        mail.EndMoves(account.Id);
        db.Publish(() => account.Changed());
        return TypedResults.NoContent();
    }
}

/// <summary>Whose password is to be set.</summary>
/// <param name="Email">The address of the account.</param>
public sealed record PasswordResetRequestRequest([Required, EmailAddress, StringLength(320)] string Email);

/// <summary>The same for every address.</summary>
/// <param name="Detail">What happens now.</param>
public sealed record PasswordResetAnswer(string Detail);

/// <summary>The new password.</summary>
/// <param name="Token">As it stands in the mail.</param>
/// <param name="Password">15 to 256 characters of any kind.</param>
public sealed record PasswordResetRequest([Required, StringLength(200)] string Token, [Required, StringLength(4096)] string Password);
