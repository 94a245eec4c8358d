using Souk.Contracts.Identity;
using Souk.Platform.Db;

namespace Souk.Identity.Domain;

/// <summary>The states of a company.</summary>
internal static class CompanyStatus
{
    public const string Pending = "pending";
    public const string Approved = "approved";
    public const string Suspended = "suspended";
    public const string Closed = "closed";
}

/// <summary>What owns shops, offers, warehouses and money. Accounts are its members.</summary>
internal sealed class Company : IVersioned
{
    public const string Seller = "seller";
    public const string WarehouseOperator = "warehouse_operator";

    // The whole life of a company. A move that is not in this table does not exist.
    private static readonly Dictionary<string, string[]> Moves = new(StringComparer.Ordinal)
    {
        [CompanyStatus.Pending] = [CompanyStatus.Approved, CompanyStatus.Suspended, CompanyStatus.Closed],
        [CompanyStatus.Approved] = [CompanyStatus.Suspended, CompanyStatus.Closed],
        [CompanyStatus.Suspended] = [CompanyStatus.Approved, CompanyStatus.Closed],
        [CompanyStatus.Closed] = [],
    };

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string Kind { get; init; }
    public required string Name { get; set; }
    public string Status { get; private set; } = CompanyStatus.Pending;
    public required string Country { get; set; }
    public string? TaxId { get; set; }
    public string? Phone { get; set; }
    public string? Line1 { get; set; }
    public string? Line2 { get; set; }
    public string? City { get; set; }
    public string? Region { get; set; }
    public string? Postcode { get; set; }
    public string? SuspendedReason { get; private set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public long Version { get; set; }

    public bool Can(string next) => Moves[Status].Contains(next);

    /// <summary>Moves to the state, with the reason that its members see while it is suspended.</summary>
    /// <exception cref="Platform.Http.RuleException">409 <c>company_move</c>.</exception>
    public void MoveTo(string next, string? reason = null)
    {
        if (!Can(next))
            throw new Platform.Http.RuleException("company_move", $"A company that is {Status} cannot become {next}.")
            {
                More = { ["state"] = Status, ["allowed"] = Moves[Status] },
            };
        (Status, SuspendedReason) = (next, next == CompanyStatus.Suspended ? reason : null);
    }

    public CompanyChanged Changed() => new(Id, Kind, Name, Country, Status, Version);
}

/// <summary>The face of a company towards customers.</summary>
internal sealed class Shop : IVersioned
{
    public const string Active = "active";
    public const string Closed = "closed";

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid CompanyId { get; init; }
    public required string Name { get; set; }

    /// <summary>What its name is compared by; null of one that a process of the build before opened.</summary>
    public string? NameKey { get; set; }
    public required string Slug { get; init; }
    public string? Description { get; set; }
    public string Status { get; private set; } = Active;
    public required DateTimeOffset CreatedAt { get; init; }
    public long Version { get; set; }

    public void Close() => Status = Closed;

    public ShopChanged Changed() => new(Id, CompanyId, Name, Slug, Status, Version);
}

/// <summary>An account in a company, with its role there.</summary>
internal sealed class Member : IVersioned
{
    public required Guid CompanyId { get; init; }
    public required Guid AccountId { get; init; }
    public required string Role { get; set; }
    public Guid? ShopId { get; set; }
    public required DateTimeOffset JoinedAt { get; init; }
    public long Version { get; set; }
}

/// <summary>A shop's name in addresses.</summary>
internal static class Slugs
{
    private const int LengthMax = 60;

    /// <summary>Small letters, digits and single hyphens of the name. Empty when nothing of it remains.</summary>
    public static string Of(string name)
    {
        var slug = new System.Text.StringBuilder(Math.Min(name.Length, LengthMax));
        foreach (var c in name.ToLowerInvariant())
        {
            if (slug.Length == LengthMax)
                break;
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }
        return slug.ToString().TrimEnd('-');
    }
}
