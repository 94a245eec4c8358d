using Souk.Contracts.Identity;
using Souk.Platform.Db;

namespace Souk.Identity.Domain;

/// <summary>The kinds of account.</summary>
internal static class AccountKind
{
    public const string Customer = "customer";
    public const string Company = "company";
    public const string Shop = "shop";
    public const string Warehouse = "warehouse";
    public const string Affiliate = "affiliate";
    public const string Staff = "staff";

    /// <summary>The kinds that people register by themselves: all but staff.</summary>
    public static readonly string[] Registrable = [Customer, Company, Shop, Warehouse, Affiliate];
}

/// <summary>The states of an account.</summary>
internal static class AccountStatus
{
    public const string Active = "active";
    public const string Suspended = "suspended";
    public const string Closed = "closed";
}

/// <summary>A sign-in: one address, one password, one kind.</summary>
internal sealed class Account : IVersioned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string Kind { get; init; }
    public string? StaffRole { get; set; }
    public string Status { get; private set; } = AccountStatus.Active;
    public string? Email { get; private set; }
    public string? EmailKey { get; private set; }
    public DateTimeOffset? EmailVerifiedAt { get; private set; }
    public string? Username { get; private set; }
    public string? UsernameKey { get; private set; }
    public string? PasswordHash { get; set; }
    public string FirstName { get; set; } = "";
    public string LastName { get; set; } = "";
    public string? Phone { get; set; }
    public string Locale { get; set; } = "en";
    public string? SuspendedReason { get; private set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public long Version { get; set; }

    public bool IsActive => Status == AccountStatus.Active;

    /// <summary>Sets the address. A new one is not verified.</summary>
    public void SetEmail(string email, DateTimeOffset? verifiedAt = null) =>
        (Email, EmailKey, EmailVerifiedAt) = (email, Emails.Key(email), verifiedAt);

    public void SetUsername(string? username) => (Username, UsernameKey) = (username, Usernames.Key(username));

    public void VerifyEmail(DateTimeOffset now) => EmailVerifiedAt ??= now;

    /// <summary>Refuses sign-in until it is activated again.</summary>
    public bool Suspend(string reason)
    {
        if (Status != AccountStatus.Active)
            return false;
        (Status, SuspendedReason) = (AccountStatus.Suspended, reason);
        return true;
    }

    public bool Activate()
    {
        if (Status != AccountStatus.Suspended)
            return false;
        (Status, SuspendedReason) = (AccountStatus.Active, null);
        return true;
    }

    /// <summary>Ends the account and forgets who it was. Orders and money keep its id.</summary>
    public void Close()
    {
        Status = AccountStatus.Closed;
        (Email, EmailKey, EmailVerifiedAt, Username, UsernameKey, PasswordHash) = (null, null, null, null, null, null);
        (FirstName, LastName, Phone) = ("", "", null);
    }

    public AccountChanged Changed() => new(Id, Kind, Status, Version);
}

/// <summary>
/// An address is unique by its exact local part and its lower-case domain: mail systems may tell <c>Ann</c> from <c>ann</c>,
/// domains never do.
/// </summary>
internal static class Emails
{
    public static string Key(string email)
    {
        var at = email.LastIndexOf('@');
        return string.Concat(email.AsSpan(0, at + 1), email[(at + 1)..].ToLowerInvariant());
    }
}

/// <summary>A name to sign in with besides the address: 3 to 40 of <c>a-z 0-9 . _ -</c>, unique whatever its case.</summary>
internal static class Usernames
{
    public static string? Key(string? username) => username?.ToLowerInvariant();

    /// <summary>Never an address: the sign-in tells the two apart by the <c>@</c>.</summary>
    public static bool IsValid(string username) =>
        username.Length is >= 3 and <= 40 && username.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
