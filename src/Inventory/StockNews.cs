using Souk.Contracts.Inventory;

namespace Souk.Inventory;

/// <summary>What the sweep tells besides availabilities: what runs low, and what can be bought again. Nobody pays for it who did not ask.</summary>
internal static class StockNews
{
    /// <summary>Tells of each offer that ran low, once until it is refilled.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="touched">A common table expression <c>touched</c> with the <c>offer_id</c> of those that may have changed.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task TellLowStock(this InventoryDb db, string touched, CancellationToken ct)
    {
        // Whoever opens the row tells: two runs over the same movements tell once.
        var low = await db.Query($"""
            with {touched},
            level as (
                select r.offer_id, r.low_stock_at, {AvailabilitySql.InStock} - r.safety_stock as in_stock
                  from touched t
                  join stock_rules r on r.offer_id = t.offer_id and r.low_stock_at is not null
                  left join stock s on s.offer_id = r.offer_id
                  left join warehouses w on w.id = s.warehouse_id
                 group by r.offer_id),
            refilled as (
                delete from low_stock l using level
                 where l.offer_id = level.offer_id and level.in_stock > level.low_stock_at),
            opened as (
                insert into low_stock (offer_id) select offer_id from level where in_stock <= low_stock_at order by offer_id
                on conflict do nothing returning offer_id)
            select o.id, o.company_id, o.sku, o.title, greatest(0, level.in_stock), level.low_stock_at
              from opened join level using (offer_id) join offers o on o.id = opened.offer_id
            """,
            row => new StockRanLow(
                row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5)), ct);
        foreach (var offer in low)
            db.Publish(offer);
    }

    /// <summary>Tells of each offer that somebody waits for and that can be bought, once.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="touched">A common table expression <c>touched</c> with the <c>offer_id</c> of those that may have changed.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task TellRestocked(this InventoryDb db, string touched, CancellationToken ct)
    {
        var restocked = await db.Query($"""
            with {touched},
            level as (
                select r.offer_id, {AvailabilitySql.Available} as available
                  from touched t
                  join restock_watches r on r.offer_id = t.offer_id
                  join stock s on s.offer_id = r.offer_id
                  join warehouses w on w.id = s.warehouse_id
                  left join availability a on a.offer_id = r.offer_id
                 group by r.offer_id),
            ended as (
                delete from restock_watches r using level l join offers o on o.id = l.offer_id
                 where r.offer_id = l.offer_id and l.available > 0 and o.active
                returning o.id, o.product_id, o.title)
            select id, product_id, title from ended
            """,
            row => new OfferRestocked(row.GetGuid(0), row.GetGuid(1), row.GetString(2)), ct);
        foreach (var offer in restocked)
            db.Publish(offer);
    }
}
