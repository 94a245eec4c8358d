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

    public long PerKgMinor { get; set; }

    public long? FreeFromMinor { get; set; }

    public string TaxCategory { get; set; } = "";

    public bool Active { get; set; }

    public long Version { get; set; }
}

/// <summary>The tax of one category of goods in one country, or in a region of it.</summary>
internal sealed class TaxRateRow : IVersioned
{
    public Guid Id { get; init; }

    public string Country { get; init; } = "";

    /// <summary>In capitals; empty for the whole country.</summary>
    public string Region { get; init; } = "";

    public string TaxCategory { get; init; } = "";

    public decimal Percent { get; set; }

    public long Version { get; set; }
}

/// <summary>A promotion as its owner keeps it; what quotes use of it is <see cref="Promotion" />.</summary>
internal sealed class PromotionRow : IVersioned
{
    // No buyer can give it: a code is of letters, digits, - and _.
    private const char UniqueCodesMark = '#';

    public Guid Id { get; init; }

    /// <summary>Null: the marketplace's.</summary>
    public Guid? CompanyId { get; init; }

    public string Name { get; set; } = "";

    public string Kind { get; set; } = PromotionKind.Order;

    /// <summary>Null: it applies by itself. A mark where codes of their own ask for it, each for one order.</summary>
    public string? Code { get; set; }

    public decimal? Percent { get; set; }

    public long? AmountMinor { get; set; }

    public string? Currency { get; set; }

    public int BuyQuantity { get; set; }

    public int GetQuantity { get; set; }

    public Guid[] GetProductIds { get; set; } = [];

    public long? MinimumMinor { get; set; }

    public Guid? CategoryId { get; set; }

    public Guid[] ProductIds { get; set; } = [];

    public Guid? SellerId { get; set; }

    public Guid? CustomerGroupId { get; set; }

    public bool FirstOrder { get; set; }

    public DateTimeOffset? StartsAt { get; set; }

    public DateTimeOffset? EndsAt { get; set; }

    public long? UsesMax { get; set; }

    public int? UsesPerCustomerMax { get; set; }

    public int Priority { get; set; }

    public bool Exclusive { get; set; }

    public string FundedBy { get; set; } = "";

    public bool Active { get; set; }

    public long Version { get; set; }

    /// <summary>Whether codes that are good for one order each ask for it.</summary>
    public bool HasUniqueCodes => IsOfUniqueCodes(Code);

    /// <summary>The code of a promotion that has codes for one order each.</summary>
    public static string UniqueCodes(Guid id) => $"{UniqueCodesMark}{id:N}";

    public static bool IsOfUniqueCodes(string? code) => code is [UniqueCodesMark, ..];
}

/// <summary>Accounts that promotions are for.</summary>
internal sealed class CustomerGroupRow : IVersioned
{
    public Guid Id { get; init; }

    public string Name { get; set; } = "";

    public long Version { get; set; }
}
