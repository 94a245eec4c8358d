namespace Souk.Inventory.Domain;

/// <summary>The stock of one offer in one warehouse, as it is while its row is locked.</summary>
/// <param name="offerId">The offer.</param>
/// <param name="warehouseId">The warehouse.</param>
/// <param name="onHand">Pieces that lie there.</param>
/// <param name="claimed">Pieces that orders have a claim on: those that lie there, then those that are waited for.</param>
/// <param name="priority">Orders are filled from the warehouse with the lowest first.</param>
/// <param name="country">Where the warehouse stands.</param>
/// <param name="ships">Whether it ships.</param>
/// <param name="version">Grows with every change of what is on hand; reservations do not count.</param>
internal sealed class Shelf(
    Guid offerId, Guid warehouseId, long onHand, long claimed, int priority, string country, bool ships,
    long version = 1)
{
    public Guid OfferId { get; } = offerId;

    public Guid WarehouseId { get; } = warehouseId;

    public long OnHand { get; private set; } = onHand;

    /// <summary>Pieces of those on hand that orders have taken.</summary>
    public long Reserved { get; private set; } = Math.Min(onHand, claimed);

    /// <summary>Pieces that orders wait for: claims on what is not here yet. 0 as long as a piece is free.</summary>
    public long Backordered { get; private set; } = Math.Max(0, claimed - onHand);

    /// <summary>Grows with every change of what is on hand; reservations do not count.</summary>
    public long Version { get; private set; } = version;

    /// <summary>Orders are filled from the warehouse with the lowest first.</summary>
    public int Priority { get; } = priority;

    /// <summary>Where the warehouse stands.</summary>
    public string Country { get; } = country;

    /// <summary>Whether new orders are filled from it.</summary>
    public bool Ships { get; } = ships;

    /// <summary>Pieces nobody has a claim on, whether the warehouse ships or not.</summary>
    public long Free => OnHand - Reserved;

    /// <summary>Pieces that lie there and can be sold.</summary>
    public long Available => Ships ? Free : 0;

    /// <summary>
    /// Changes the counters; the movement that says so is written by <see cref="LockedStock" />. Pieces that come, or that an
    /// order gives back, go to the claims that wait.
    /// </summary>
    /// <param name="onHand">Pieces that came; negative when they went.</param>
    /// <param name="claimed">Pieces that orders take; negative when they give them back, or when they were shipped.</param>
    /// <param name="waiting">How many of the claimed pieces need not be here.</param>
    /// <returns>How many more claims wait now; negative when fewer do.</returns>
    /// <exception cref="InvalidOperationException">It would break what must always hold: 0 ≤ reserved ≤ on hand.</exception>
    public long Change(long onHand, long claimed, long waiting = 0)
    {
        var (nextOnHand, nextClaimed) = (OnHand + onHand, Reserved + Backordered + claimed);
        var more = Math.Max(0, nextClaimed - nextOnHand) - Backordered;
        if (nextOnHand < 0 || nextClaimed < 0 || more > waiting)
            throw new InvalidOperationException(
                $"Stock of {OfferId} in {WarehouseId} cannot become {nextOnHand} on hand with {nextClaimed} claimed.");
        (OnHand, Backordered, Version) = (nextOnHand, Backordered + more, Version + (onHand == 0 ? 0 : 1));
        Reserved = nextClaimed - Backordered;
        return more;
    }
}
