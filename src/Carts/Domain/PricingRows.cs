using Souk.Platform.Db;

namespace Souk.Carts.Domain;

/// <summary>A delivery method as its owner keeps it; what quotes use of it is <see cref="DeliveryMethod" />.</summary>
internal sealed class DeliveryMethodRow : IVersioned
{
    public Guid Id { get; init; }

    /// <summary>Null: the marketplace's.</summary>
    public Guid? CompanyId { get; init; }

    public string Name { get; set; } = "";

    public string[] Countries { get; set; } = [];

    public string[] PostcodePrefixes { get; set; } = [];

    public string? Currency { get; set; }

    public long BaseMinor { get; set; }

    public long PerItemMinor { get; set; }

    public long? FreeFromMinor { get; set; }

    public string TaxCategory { get; set; } = "";

    public bool Active { get; set; }

    public long Version { get; set; }
}

/// <summary>The tax of one category of goods in one country.</summary>
internal sealed class TaxRateRow : IVersioned
{
    public Guid Id { get; init; }

    public string Country { get; init; } = "";

    public string TaxCategory { get; init; } = "";

    public decimal Percent { get; set; }

    public long Version { get; set; }
}

/// <summary>A promotion as its owner keeps it; what quotes use of it is <see cref="Promotion" />.</summary>
internal sealed class PromotionRow : IVersioned
{
    public Guid Id { get; init; }

    /// <summary>Null: the marketplace's.</summary>
    public Guid? CompanyId { get; init; }

    public string Name { get; set; } = "";

    public string? Code { get; set; }

    public decimal? Percent { get; set; }

    public long? AmountMinor { get; set; }

    public string? Currency { get; set; }

    public long? MinimumMinor { get; set; }

    public Guid? CategoryId { get; set; }

    public DateTimeOffset? StartsAt { get; set; }

    public DateTimeOffset? EndsAt { get; set; }

    public long? UsesMax { get; set; }

    public int? UsesPerCustomerMax { get; set; }

    public string FundedBy { get; set; } = "";

    public bool Active { get; set; }

    public long Version { get; set; }
}
