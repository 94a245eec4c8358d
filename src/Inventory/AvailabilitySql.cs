namespace Souk.Inventory;

/// <summary>How many pieces of an offer can be sold, as SQL says it; while the rows are locked <c>OfferStock</c> says the same.</summary>
internal static class AvailabilitySql
{
    /// <summary>Pieces that lie there and nobody has a claim on: of the stock <c>s</c> of one offer in the warehouses <c>w</c>.</summary>
    public const string InStock = "coalesce(sum(s.on_hand - s.reserved) filter (where w.active), 0)::bigint";

    /// <summary>
    /// With the rule of its seller, which stands beside what was said last in <c>availability a</c>: not what is kept back, but
    /// also what may be sold before it is there.
    /// </summary>
    public const string Available = """
        (case when bool_or(w.active)
              then greatest(0, coalesce(sum(s.on_hand - s.reserved) filter (where w.active), 0)
                               - sum(s.backordered) + coalesce(max(a.allowance), 0))
              else 0 end)::bigint
        """;
}
