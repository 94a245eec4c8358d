using Souk.Contracts.Inventory;
using Souk.Platform.Db;

namespace Souk.Inventory.Domain;

/// <summary>A place that holds stock: of the seller who runs it, or of several sellers when its operator stores for others.</summary>
internal sealed class Warehouse : IVersioned
{
    /// <summary>Country of a warehouse that was made before its company's country was known; ISO leaves this code to its users.</summary>
    public const string UnknownCountry = "ZZ";

    public const int DefaultPriority = 100;

    public Guid Id { get; init; }

    public Guid CompanyId { get; init; }

    public string Name { get; set; } = "";

    public string Line1 { get; set; } = "";

    public string? Line2 { get; set; }

    public string City { get; set; } = "";

    public string? Region { get; set; }

    public string? Postcode { get; set; }

    public string Country { get; set; } = UnknownCountry;

    public long? Capacity { get; set; }

    public int Priority { get; set; } = DefaultPriority;

    public bool IsDefault { get; set; }

    public bool Active { get; set; } = true;

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; set; }

    public long Version { get; set; }

    public WarehouseChanged Changed() => new(Id, CompanyId, Name, Country, Active && ClosedAt is null, Version);
}
