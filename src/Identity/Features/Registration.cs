using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform;
using Souk.Platform.Http;

namespace Souk.Identity.Features;

/// <summary>What <c>/auth/register</c> and its aliases do.</summary>
internal sealed class Registration(IdentityDb db, Passwords passwords, Founding founding, LinkMail mail, Links links, TimeProvider clock)
{
    public async Task<RegisterResponse> Run(RegisterRequest request, CancellationToken ct)
    {
        CheckRequest(request);
        // Before anything of the database: the hash takes a tenth of a second.
        var hash = await passwords.Hash(request.Password, ct);
        var now = clock.Now();
        var account = new Account
        {
            Kind = request.Kind,
            PasswordHash = hash,
            FirstName = request.FirstName ?? "",
            LastName = request.LastName ?? "",
            Phone = request.Phone,
            Locale = request.Locale ?? "en",
            CreatedAt = now,
        };
        account.SetEmail(request.Email);
        account.SetUsername(request.Username);

        // Two registrations of one name at once take turns, so the second finds the first.
        db.Ask("select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest($1::text[]) as n(name) order by name", _ => { },
            (object)new[] { account.EmailKey!, account.UsernameKey ?? account.EmailKey! });
        var others = await db.Accounts.AsNoTracking()
            .Where(a => a.EmailKey == account.EmailKey || (account.UsernameKey != null && a.UsernameKey == account.UsernameKey))
            .ToListAsync(ct);
        if (account.UsernameKey is not null && others.Any(other => other.UsernameKey == account.UsernameKey))
            throw new RuleException("username_taken", "Somebody has this username. Choose another.");
        var invitation = await FindInvitation(request.Invitation, ct);
        // Before anybody knows whether the address is registered: both get the same answer.
        if (invitation is null && request.ShopName is not null && CompanyKind(request.Kind) == Company.Seller)
            await founding.CheckName(request.ShopName, Guid.Empty, ct);
        if (others.Find(other => other.EmailKey == account.EmailKey) is { } owner)
            return await AnswerAsIfNew(request, account, owner, invitation, ct);

        db.Accounts.Add(account);
        db.Publish(() => account.Changed());
        mail.AskToVerify(account);
        if (invitation is not null)
        {
            Join(account, invitation, now);
            return Response(account, invitation.CompanyId, invitation.ShopId);
        }
        if (CompanyKind(request.Kind) is not { } kind)
            return Response(account, null, null);
        var (company, shop) = await founding.Found(
            account.Id, kind, (request.CompanyName ?? request.ShopName)!, request.ShopName, request.Country!, request.TaxId, request.Phone, ct);
        return Response(account, company.Id, shop?.Id);
    }

    /// <summary>
    /// The address is registered: whoever asks learns nothing, and whoever owns it gets a link to set a new password, which is
    /// what somebody needs who forgot that they have an account. The ids in the answer are of nobody.
    /// </summary>
    private async Task<RegisterResponse> AnswerAsIfNew(RegisterRequest request, Account asked, Account owner, LinkRequest? invitation, CancellationToken ct)
    {
        await mail.AskToReset(owner.Email!, ct);
        if (invitation is not null)
            return Response(asked, invitation.CompanyId, invitation.ShopId);
        var founds = CompanyKind(request.Kind) is not null;
        return Response(asked, founds ? Guid.CreateVersion7() : null, founds && request.ShopName is not null ? Guid.CreateVersion7() : null);
    }

    private async Task<LinkRequest?> FindInvitation(string? token, CancellationToken ct)
    {
        if (token is null)
            return null;
        var invitation = links.Read(token, LinkPurpose.InviteMember) is { } id ? await mail.Find(id, LinkPurpose.InviteMember, ct) : null;
        return invitation ?? throw RuleException.Invalid("/invitation", "invalid_link", "The invitation was used, withdrawn or has run out. Ask for a new one.");
    }

    private void Join(Account account, LinkRequest invitation, DateTimeOffset now)
    {
        mail.Use(invitation);
        db.Members.Add(new Member
        {
            CompanyId = invitation.CompanyId!.Value,
            AccountId = account.Id,
            Role = invitation.Role!,
            ShopId = invitation.ShopId,
            JoinedAt = now,
        });
        if (invitation.Email is not null && Emails.Key(invitation.Email) == account.EmailKey)
            account.VerifyEmail(now);
    }

    private static void CheckRequest(RegisterRequest request)
    {
        if (!EmailAddresses.IsValid(request.Email))
            throw RuleException.Invalid("/email", "invalid_email", "This is no e-mail address. Example: ann@example.com.");
        if (request.Username is not null && !Usernames.IsValid(request.Username))
            throw RuleException.Invalid("/username", "invalid_username", "A username has 3 to 40 letters, digits, dots, hyphens or underscores.");
        PasswordRules.Check(request.Password, "/password", request.Email, request.Username);
        if (request.Invitation is not null || CompanyKind(request.Kind) is null)
            return;
        if (request.Kind == AccountKind.Shop && request.ShopName is null)
            throw RuleException.Invalid("/shop_name", "required", "Say what the shop is called.");
        if (request.Kind != AccountKind.Shop && request.CompanyName is null)
            throw RuleException.Invalid("/company_name", "required", "Say what the company is called.");
        if (request.Country is null)
            throw RuleException.Invalid("/country", "required", "Say where the company sits, for example DE.");
    }

    private static string? CompanyKind(string kind) => kind switch
    {
        AccountKind.Company or AccountKind.Shop => Company.Seller,
        AccountKind.Warehouse => Company.WarehouseOperator,
        _ => null,
    };

    private static RegisterResponse Response(Account account, Guid? companyId, Guid? shopId) =>
        new(AccountResponse.Of(account, version: 1), companyId, shopId);
}
