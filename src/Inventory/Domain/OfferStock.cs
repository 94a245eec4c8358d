namespace Souk.Inventory.Domain;

/// <summary>The stock of one offer over all warehouses while its rows are locked, and what may be sold of it.</summary>
internal sealed class OfferStock
{
    public List<Shelf> Shelves { get; } = [];

    /// <summary>
    /// What the seller's rule adds to the pieces that lie there: the limit of what may be sold before it is there, less the
    /// safety stock. 0 without a rule.
    /// </summary>
    public long Allowance { get; set; }

    /// <summary>Pieces of the allowance that nobody waits for yet.</summary>
    public long CanWait => Math.Max(0, Allowance - Shelves.Sum(shelf => shelf.Backordered));

    /// <summary>What was said last about its availability; null when nothing was.</summary>
    public long? Published { get; set; }

    /// <summary>Grows with every availability that is published.</summary>
    public long Version { get; set; }

    /// <summary>Pieces that can be sold. The same sum as <see cref="AvailabilitySql" />.</summary>
    public long Available => Shelves.Exists(shelf => shelf.Ships)
        ? Math.Max(0, Shelves.Sum(shelf => shelf.Available - shelf.Backordered) + Allowance)
        : 0;
}
