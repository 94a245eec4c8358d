namespace Souk.Inventory.Domain;

/// <summary>
/// From which warehouses an order is filled. One plan is made, used for the check and for the reservation: two
/// calculations would differ one day, and the difference is sold twice.
/// </summary>
internal static class Allocation
{
    /// <summary>Pieces of one line from one shelf, some of which may not be there yet.</summary>
    public readonly record struct Take(Guid LineId, Shelf Shelf, int Quantity, int Waiting);

    /// <summary>A line that lacks stock.</summary>
    public readonly record struct Lack(Guid LineId, Guid OfferId, int Wanted, long Available);

    /// <summary>
    /// Takes every line of an order from the shelves, or none. Lines of one offer are taken one after the other from what
    /// the earlier ones left, so that two of them never pass on the same piece.
    /// </summary>
    /// <param name="lines">The lines of one order.</param>
    /// <param name="destination">Where it goes.</param>
    /// <param name="stockOf">The stock of an offer; null when it never had any.</param>
    /// <param name="ruleOf">The routing rule that decides about an offer; null for none.</param>
    /// <param name="takes">What was taken; empty when a line lacks stock.</param>
    /// <param name="lacks">The lines that lack stock; empty when all was taken.</param>
    public static bool TryTake(
        IEnumerable<(Guid LineId, Guid OfferId, int Quantity)> lines,
        Destination destination,
        Func<Guid, OfferStock?> stockOf,
        Func<Guid, Destination, RoutingRule?> ruleOf,
        out List<Take> takes,
        out List<Lack> lacks)
    {
        (takes, lacks) = ([], []);
        foreach (var (lineId, offerId, quantity) in lines)
        {
            var stock = stockOf(offerId);
            var rule = ruleOf(offerId, destination);
            if (stock is null || Plan(stock, quantity, destination.Country, rule) is not { } plan)
            {
                lacks.Add(new(lineId, offerId, quantity, stock is null ? 0 : Most(stock, rule)));
                continue;
            }
            foreach (var (shelf, pieces) in plan)
            {
                var waiting = (int)Math.Max(0, pieces - shelf.Available);
                shelf.Change(onHand: 0, pieces, waiting);
                takes.Add(new(lineId, shelf, pieces, waiting));
            }
        }
        if (lacks.Count == 0)
            return true;

        foreach (var take in takes)
            take.Shelf.Change(onHand: 0, -take.Quantity);
        takes.Clear();
        return false;
    }

    /// <summary>
    /// The warehouses for one line: by the seller's routing rule, without one by priority, then those in the country it goes to.
    /// The first that has it all sends it all, since one parcel costs less than two; else it is gathered in that order, and what
    /// may be sold before it is there is waited for at the first.
    /// </summary>
    /// <returns>Null when there are not enough pieces.</returns>
    public static List<(Shelf Shelf, int Quantity)>? Plan(
        OfferStock stock, int quantity, string country, RoutingRule? rule = null)
    {
        if (quantity > Most(stock, rule))
            return null;
        Shelf[] usable = [.. RoutingRule.Order(rule, stock.Shelves.Where(shelf => shelf.Ships), country)];
        if (Array.Find(usable, shelf => shelf.Available >= quantity) is { } whole)
            return [(whole, quantity)];
        if (rule is { Split: false })
            return [(Array.Find(usable, shelf => shelf.Available + stock.CanWait >= quantity)!, quantity)];

        var (plan, left) = (new List<(Shelf Shelf, int Quantity)>(), quantity);
        foreach (var shelf in usable)
        {
            var pieces = (int)Math.Min(left, shelf.Available);
            if (pieces > 0)
                plan.Add((shelf, pieces));
            left -= pieces;
        }
        if (left == 0)
            return plan;
        // What gives its last piece to the line anyhow, or has none.
        var first = plan.FindIndex(take => take.Shelf == usable[0]);
        if (first < 0)
            plan.Insert(0, (usable[0], left));
        else
            plan[first] = (usable[0], plan[first].Quantity + left);
        return plan;
    }

    // The largest quantity that Plan finds warehouses for: where a line is not split, what one of them has.
    private static long Most(OfferStock stock, RoutingRule? rule)
    {
        if (rule is not { Split: false } || stock.Available == 0)
            return stock.Available;
        var most = stock.Shelves.Where(shelf => shelf.Ships).Max(shelf => shelf.Available);
        return Math.Min(stock.Available, most + stock.CanWait);
    }
}
