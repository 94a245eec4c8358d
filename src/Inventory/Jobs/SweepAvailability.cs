using Souk.Platform.Jobs;

namespace Souk.Inventory.Jobs;

/// <summary>
/// Publishes the availabilities that changed too little to be told at once, and tells who asked
/// what runs low and what can be bought again. It finds them by the movements, so the hot path keeps no list.
/// </summary>
internal sealed class SweepAvailability(InventoryDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private const int OffersMax = 500;

    // Transactions commit in another order than they began: looking back further than any may run misses none.
    private static readonly string Touched = $"""
        touched as (
            select distinct offer_id from movements
             where id >= {MovementIds.From("(select upto from sweeps) - interval '15 seconds'")}
            union select offer_id from availability_due)
        """;

    public async Task Run(CancellationToken ct)
    {
        var (upto, low, watched) = (await db.Query("""
            select now(), exists (select 1 from stock_rules where low_stock_at is not null),
                   exists (select 1 from restock_watches)
              from sweeps for update
            """,
            reader => (reader.GetFieldValue<DateTimeOffset>(0), reader.GetBoolean(1), reader.GetBoolean(2)), ct))[0];
        if (low)
            await db.TellLowStock(Touched, ct);
        if (watched)
            await db.TellRestocked(Touched, ct);
        var due = await db.Query($"""
            with {Touched},
            now_there as (
                select s.offer_id, {AvailabilitySql.Available} as available
                  from stock s join warehouses w on w.id = s.warehouse_id
                  left join availability a on a.offer_id = s.offer_id
                 where s.offer_id in (select offer_id from touched) group by 1)
            select n.offer_id from now_there n left join availability a on a.offer_id = n.offer_id
             where a.published is distinct from n.available
             limit {OffersMax}
            """, reader => reader.GetGuid(0), ct);
        var stock = await LockedStock.OfFree(db, due, ct);
        stock.Write(all: true);
        if (due.Count == OffersMax || stock.Count < due.Count)
            return; // More to tell: the next run looks at the same movements again.
        db.Run("update sweeps set upto = $1", upto.UtcDateTime);
        db.Run("delete from availability_due");
    }
}
