using Souk.Platform;
using Souk.Platform.Db;

namespace Souk.Inventory.Domain;

/// <summary>Where an order goes, as far as the choice of a warehouse asks.</summary>
/// <param name="Country">ISO 3166-1 alpha-2; empty where nobody said it.</param>
/// <param name="Postcode">As the address writes it; null where nobody said it.</param>
internal readonly record struct Destination(string Country, string? Postcode);

/// <summary>A seller's wish from which warehouses their orders are filled.</summary>
internal sealed class RoutingRule : IVersioned
{
    /// <summary>By the priority of the warehouses, then those in the country it goes to: as without a rule.</summary>
    public const string ByPriority = "priority";

    /// <summary>Those in the country it goes to, then by priority.</summary>
    public const string ByCountry = "country";

    /// <summary>The one that has most of it, then by priority.</summary>
    public const string ByStock = "most_stock";

    public Guid Id { get; init; }

    public Guid CompanyId { get; init; }

    public string Name { get; set; } = "";

    /// <summary>Of a seller's rules the lowest is asked first.</summary>
    public int Position { get; set; }

    /// <summary>Where the order goes; empty for everywhere.</summary>
    public string[] Countries { get; set; } = [];

    /// <summary>Beginnings of the postcodes it goes to; empty for all.</summary>
    public string[] PostcodePrefixes { get; set; } = [];

    /// <summary>These first, in this order, whatever else is preferred.</summary>
    public Guid[] WarehouseIds { get; set; } = [];

    /// <summary>How the others are ordered.</summary>
    public string Prefer { get; set; } = ByPriority;

    /// <summary>Whether a line may be gathered from several warehouses.</summary>
    public bool Split { get; set; } = true;

    public bool Active { get; set; } = true;

    public DateTimeOffset CreatedAt { get; init; }

    public long Version { get; set; }

    /// <summary>Whether it is about orders that go there.</summary>
    public bool Fits(Destination destination) =>
        (Countries.Length == 0 || Countries.Contains(destination.Country))
        && (PostcodePrefixes.Length == 0
            || (destination.Postcode is { } postcode && Postcodes.StartsWithAny(postcode, PostcodePrefixes)));

    /// <summary>The shelves in the order in which they are asked.</summary>
    public static IOrderedEnumerable<Shelf> Order(RoutingRule? rule, IEnumerable<Shelf> shelves, string country)
    {
        var byRule = rule is null ? shelves.OrderBy(shelf => shelf.Priority) : shelves
            .OrderBy(shelf => (uint)Array.IndexOf(rule.WarehouseIds, shelf.WarehouseId)) // -1 is the last.
            .ThenBy(shelf => rule.Prefer switch
            {
                ByCountry => shelf.Country == country ? 0 : 1,
                ByStock => -shelf.Available,
                _ => 0,
            })
            .ThenBy(shelf => shelf.Priority);
        return byRule.ThenBy(shelf => shelf.Country == country ? 0 : 1).ThenBy(shelf => shelf.WarehouseId);
    }
}
