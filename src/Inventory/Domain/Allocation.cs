namespace Souk.Inventory.Domain;

/// <summary>
/// From which warehouses an order is filled. One plan is made, used for the check and for the reservation: two
/// calculations would differ one day, and the difference is sold twice.
/// </summary>
internal static class Allocation
{
    /// <summary>Pieces of one line from one shelf.</summary>
    public readonly record struct Take(Guid LineId, Shelf Shelf, int Quantity);

    /// <summary>A line that lacks stock.</summary>
    public readonly record struct Lack(Guid LineId, Guid OfferId, int Wanted, long Available);

    /// <summary>
    /// Takes every line of an order from the shelves, or none. Lines of one offer are taken one after the other from what
    /// the earlier ones left, so that two of them never pass on the same piece.
    /// </summary>
    /// <param name="lines">The lines of one order.</param>
    /// <param name="country">Where it goes.</param>
    /// <param name="shelvesOf">The shelves of an offer.</param>
    /// <param name="takes">What was taken; empty when a line lacks stock.</param>
    /// <param name="lacks">The lines that lack stock; empty when all was taken.</param>
    public static bool TryTake(
        IEnumerable<(Guid LineId, Guid OfferId, int Quantity)> lines,
        string country,
        Func<Guid, IReadOnlyList<Shelf>> shelvesOf,
        out List<Take> takes,
        out List<Lack> lacks)
    {
        (takes, lacks) = ([], []);
        foreach (var (lineId, offerId, quantity) in lines)
        {
            var shelves = shelvesOf(offerId);
            var plan = Plan(shelves, quantity, country);
            if (plan is null)
            {
                lacks.Add(new(lineId, offerId, quantity, shelves.Sum(shelf => shelf.Available)));
                continue;
            }
            foreach (var (shelf, pieces) in plan)
            {
                shelf.Change(onHand: 0, reserved: pieces);
                takes.Add(new(lineId, shelf, pieces));
            }
        }
        if (lacks.Count == 0)
            return true;

        foreach (var take in takes)
            take.Shelf.Change(onHand: 0, reserved: -take.Quantity);
        takes.Clear();
        return false;
    }

    /// <summary>
    /// The warehouses for one line: by priority, then those in the country it goes to. The first that has it all sends it
    /// all, since one parcel costs less than two; else it is gathered in that order.
    /// </summary>
    /// <returns>Null when there are not enough pieces.</returns>
    public static List<(Shelf Shelf, int Quantity)>? Plan(IEnumerable<Shelf> shelves, int quantity, string country)
    {
        Shelf[] usable =
        [
            .. shelves.Where(shelf => shelf.Available > 0)
                .OrderBy(shelf => shelf.Priority)
                .ThenBy(shelf => shelf.Country == country ? 0 : 1)
                .ThenBy(shelf => shelf.WarehouseId),
        ];
        if (usable.FirstOrDefault(shelf => shelf.Available >= quantity) is { } whole)
            return [(whole, quantity)];

        var (plan, left) = (new List<(Shelf, int)>(), quantity);
        foreach (var shelf in usable)
        {
            var pieces = (int)Math.Min(left, shelf.Available);
            plan.Add((shelf, pieces));
            left -= pieces;
            if (left == 0)
                return plan;
        }
        return null;
    }
}
