namespace Souk.Contracts.Identity;

/// <summary>What other services may ask Identity while a caller waits.</summary>
public interface IIdentityApi
{
    /// <summary>Where mail to an account goes. Null when it is closed or not there.</summary>
    Task<Addressee?> Account(Guid accountId, CancellationToken ct);

    /// <summary>The members of a company who get mail about something of it: those who may see that. At most 20.</summary>
    Task<IReadOnlyList<Addressee>> Members(Guid companyId, string permission, CancellationToken ct);

    /// <summary>Address and one-time link of a verification, reset or invitation. Null when it was used or has run out.</summary>
    Task<MailedLink?> Link(Guid requestId, CancellationToken ct);

    /// <summary>What was ended after the given position: every process asks once a second and keeps it for the life of an access token.</summary>
    Task<Revocations> Revocations(long after, CancellationToken ct);

    /// <summary>The public keys that access tokens may be signed with now, as JSON Web Keys (RFC 7517).</summary>
    Task<IReadOnlyList<VerificationKey>> Keys(CancellationToken ct);

    /// <summary>The caller an API key stands for. Null when there is none such or it was revoked.</summary>
    Task<ApiKeyOwner?> ApiKey(string key, CancellationToken ct);
}

/// <summary>Someone who gets mail. Personal data: never stored elsewhere, never put into an event or a log.</summary>
/// <param name="Email">The address.</param>
/// <param name="Name">Name to greet with; may be empty.</param>
/// <param name="Locale">Language of the mail, BCP 47.</param>
/// <param name="AccountId">The account; null for somebody who has none.</param>
public sealed record Addressee(string Email, string Name, string Locale, Guid? AccountId = null);

/// <summary>A mail with a link in it. The link is a secret: it is derived, never stored.</summary>
/// <param name="To">Who gets it.</param>
/// <param name="Link">The link, on the configured public address.</param>
/// <param name="Token">The token in it, for clients that have no page for the link.</param>
/// <param name="About">What it concerns, for example the name of the inviting company.</param>
public sealed record MailedLink(Addressee To, string Link, string Token, string? About);

/// <summary>Sessions and tokens that ended.</summary>
/// <param name="Position">Ask for what comes after it next time.</param>
/// <param name="Items">What ended, oldest first.</param>
public sealed record Revocations(long Position, IReadOnlyList<Revocation> Items);

/// <summary>Tokens of a session, or all of an account, that were issued before a moment are no longer good.</summary>
/// <param name="SessionId">The session that ended; null when it is the whole account.</param>
/// <param name="AccountId">The account.</param>
/// <param name="NotBefore">Tokens issued before this are refused.</param>
public sealed record Revocation(Guid? SessionId, Guid AccountId, DateTimeOffset NotBefore);

/// <summary>A public key on the curve P-256.</summary>
/// <param name="Kid">Its name in the token's header.</param>
/// <param name="X">Coordinate, base64url.</param>
/// <param name="Y">Coordinate, base64url.</param>
public sealed record VerificationKey(string Kid, string X, string Y);

/// <summary>Who an API key acts as.</summary>
/// <param name="KeyId">The key's id.</param>
/// <param name="AccountId">The account that made it.</param>
/// <param name="CompanyId">The company it acts for.</param>
/// <param name="Permissions">What it may; never more than the account that made it.</param>
public sealed record ApiKeyOwner(Guid KeyId, Guid AccountId, Guid CompanyId, string[] Permissions);
