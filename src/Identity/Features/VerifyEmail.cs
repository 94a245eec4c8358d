using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>Verifies an address, or moves the account to its new one. Whoever has the mailed token may, once.</summary>
internal static class VerifyEmail
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/verify-email", Handle)
        .AllowGuests()
        .WithSummary("Verify an e-mail address")
        .Problems("422 invalid_link", "email_taken");

    private static async Task<NoContent> Handle(
        VerifyEmailRequest request, IdentityDb db, Links links, LinkMail mail, TimeProvider clock, CancellationToken ct)
    {
        var found = links.Read(request.Token, LinkPurpose.VerifyEmail) is { } id ? await mail.Find(id, LinkPurpose.VerifyEmail, ct) : null;
        var account = found is null ? null : await db.Accounts.SingleOrDefaultAsync(a => a.Id == found.AccountId, ct);
        if (account is not { IsActive: true })
            throw LinkMail.Invalid();
        if (found!.Email is { } email)
        {
            var key = Emails.Key(email);
            if (await db.Accounts.AnyAsync(a => a.EmailKey == key && a.Id != account.Id, ct))
                throw new RuleException("email_taken", "This address has another account by now.");
            account.SetEmail(email, clock.Now());
        }
        else
            account.VerifyEmail(clock.Now());
        mail.Use(found);
        db.Publish(() => account.Changed());
        return TypedResults.NoContent();
    }
}

/// <summary>The token of the mailed link.</summary>
/// <param name="Token">As it stands in the mail.</param>
public sealed record VerifyEmailRequest([Required, StringLength(200)] string Token);
