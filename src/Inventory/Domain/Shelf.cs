namespace Souk.Inventory.Domain;

/// <summary>The stock of one offer in one warehouse, as it is while its row is locked.</summary>
internal sealed class Shelf(
    Guid offerId, Guid warehouseId, long onHand, long reserved, int priority, string country, bool ships, long version = 1)
{
    public Guid OfferId { get; } = offerId;

    public Guid WarehouseId { get; } = warehouseId;

    public long OnHand { get; private set; } = onHand;

    public long Reserved { get; private set; } = reserved;

    /// <summary>Grows with every change of what is on hand; reservations do not count.</summary>
    public long Version { get; private set; } = version;

    /// <summary>Orders are filled from the warehouse with the lowest first.</summary>
    public int Priority { get; } = priority;

    /// <summary>Where the warehouse stands.</summary>
    public string Country { get; } = country;

    /// <summary>Pieces nobody has a claim on, whether the warehouse ships or not.</summary>
    public long Free => OnHand - Reserved;

    /// <summary>Pieces that can be sold.</summary>
    public long Available => ships ? Free : 0;

    /// <summary>Changes the counters; the movement that says so is written by <see cref="LockedStock" />.</summary>
    /// <exception cref="InvalidOperationException">It would break what must always hold: 0 ≤ reserved ≤ on hand.</exception>
    public void Change(long onHand, long reserved)
    {
        var (nextOnHand, nextReserved) = (OnHand + onHand, Reserved + reserved);
        if (nextReserved < 0 || nextReserved > nextOnHand)
            throw new InvalidOperationException(
                $"Stock of {OfferId} in {WarehouseId} cannot become {nextOnHand} on hand with {nextReserved} reserved.");
        (OnHand, Reserved, Version) = (nextOnHand, nextReserved, Version + (onHand == 0 ? 0 : 1));
    }
}
