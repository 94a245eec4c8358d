using Microsoft.EntityFrameworkCore;
using Souk.Contracts.Identity;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>What <c>PUT /profile/me</c> and its aliases do.</summary>
internal sealed class ProfileChanges(IdentityDb db, Credentials credentials, Passwords passwords, SignInDelays delays, LinkMail mail)
{
    /// <summary>Who moves an account to another address shows the password first. Before anything of the transaction.</summary>
    /// <exception cref="RuleException">403 <c>reauthentication_required</c>.</exception>
    public async Task CheckPassword(Caller caller, string email, string? password, CancellationToken ct)
    {
        var account = await credentials.Of(caller.Person(), ct) ?? throw RuleException.NotFound();
        if (!EmailAddresses.IsValid(email))
            throw RuleException.Invalid("/email", "invalid_email", "This is no e-mail address. Example: ann@example.com.");
        if (account.Email is not null && Emails.Key(email) == Emails.Key(account.Email))
            return;
        if (password is not null)
            await Confirm(caller, account, password, ct);
        else
            throw Required();
    }

    /// <summary>Checks the password of somebody who is signed in. Failures are counted for that sign-in.</summary>
    /// <exception cref="RuleException">403 <c>reauthentication_required</c>; 429 <c>too_many_attempts</c>.</exception>
    public async Task Confirm(Caller caller, Credential account, string password, CancellationToken ct)
    {
        string[] scopes = [SignInDelays.Session(caller.SessionId!.Value)];
        await delays.Check(scopes, ct);
        if (await passwords.Check(account.PasswordHash, password, ct) != PasswordCheck.Wrong)
            return;
        await delays.Failed(scopes, ct);
        throw Required();
    }

    public async Task Apply(Account account, ProfileRequest request, CancellationToken ct)
    {
        if (request.Username is not null && !Usernames.IsValid(request.Username))
            throw RuleException.Invalid("/username", "invalid_username", "A username has 3 to 40 letters, digits, dots, hyphens or underscores.");
        var key = Usernames.Key(request.Username);
        if (key is not null && key != account.UsernameKey && await db.Accounts.AnyAsync(a => a.UsernameKey == key, ct))
            throw new RuleException("username_taken", "Somebody has this username. Choose another.");
        account.SetUsername(request.Username);
        (account.FirstName, account.LastName, account.Phone) = (request.FirstName, request.LastName, request.Phone);
        account.Locale = request.Locale ?? account.Locale;

        if (request.Email is null || account.Email is not null && Emails.Key(request.Email) == account.EmailKey)
            return;
        db.Publish(new EmailChangeRequested(account.Id));
        mail.EndMoves(account.Id);
        // An address with an account gets no mail, and whoever asked does not learn it, from the time it takes neither.
        var email = Emails.Key(request.Email);
        if (await db.Accounts.AnyAsync(a => a.EmailKey == email, ct))
            mail.AskNobody();
        else
            mail.AskToVerify(account, request.Email);
    }

    private static RuleException Required() =>
        new(403, "reauthentication_required", "Give your current password with this change.");
}
