using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>An account as its owner and staff see it.</summary>
public sealed record AccountResponse(
    Guid Id, string Kind, string Status, string? StaffRole, string? Email, bool EmailVerified, string? Username, string FirstName,
    string LastName, string? Phone, string Locale, DateTimeOffset CreatedAt, long Version)
{
    internal static AccountResponse Of(Account account, long? version = null) => new(
        account.Id, account.Kind, account.Status, account.StaffRole, account.Email, account.EmailVerifiedAt is not null,
        account.Username, account.FirstName, account.LastName, account.Phone, account.Locale, account.CreatedAt, version ?? account.Version);
}

/// <summary>A company as its members and staff see it.</summary>
public sealed record CompanyResponse(
    Guid Id, string Kind, string Name, string Status, string Country, string? TaxId, string? Phone, string? Line1, string? Line2,
    string? City, string? Region, string? Postcode, string? SuspendedReason, DateTimeOffset CreatedAt, long Version)
{
    internal static CompanyResponse Of(Company company, long? version = null) => new(
        company.Id, company.Kind, company.Name, company.Status, company.Country, company.TaxId, company.Phone, company.Line1,
        company.Line2, company.City, company.Region, company.Postcode, company.SuspendedReason, company.CreatedAt, version ?? company.Version);
}

/// <summary>A shop.</summary>
public sealed record ShopResponse(
    Guid Id, Guid CompanyId, string Name, string Slug, string? Description, string Status, DateTimeOffset CreatedAt, long Version)
{
    internal static ShopResponse Of(Shop shop, long? version = null) => new(
        shop.Id, shop.CompanyId, shop.Name, shop.Slug, shop.Description, shop.Status, shop.CreatedAt, version ?? shop.Version);
}

/// <summary>Patterns of values that several requests have.</summary>
internal static class Patterns
{
    public const string Country = "^[A-Z]{2}$";
    public const string Phone = @"^\+?[0-9][0-9 ()./-]{3,29}$";
    public const string Locale = "^[a-z]{2,3}(-[A-Z]{2})?$";

    /// <summary>No control characters: a line break in a name ends up in the head of a mail.</summary>
    public const string OneLine = @"^[^\p{Cc}\u2028\u2029]*$";
}

internal static class CallerExtensions
{
    /// <summary>The account of a person who signed in. An API key acts for a company and has no profile.</summary>
    /// <exception cref="RuleException">403 <c>api_key_not_allowed</c>.</exception>
    public static Guid Person(this Caller caller) => caller is { AccountId: { } account, ApiKeyId: null }
        ? account
        : throw new RuleException(403, "api_key_not_allowed", "An API key may not do this. Sign in as a person.");
}
