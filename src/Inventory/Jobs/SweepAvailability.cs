using Souk.Platform.Jobs;

namespace Souk.Inventory.Jobs;

/// <summary>
/// Publishes the availabilities that changed too little to be told at once. It finds them by the movements, so the hot path
/// keeps no list.
/// </summary>
internal sealed class SweepAvailability(InventoryDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private const int OffersMax = 500;

    public async Task Run(CancellationToken ct)
    {
        // Transactions commit in another order than they began: looking back further than any may run misses none.
        var upto = (await db.Query("select now() from sweeps for update", reader => reader.GetFieldValue<DateTimeOffset>(0), ct))[0];
        var due = await db.Query($"""
            with touched as (
                select distinct offer_id from movements
                 where id >= (encode(substring(int8send((extract(epoch from (select upto from sweeps) - interval '15 seconds') * 1000)::bigint) from 3), 'hex')
                              || repeat('0', 20))::uuid
                union select offer_id from availability_due),
            now_there as (
                select s.offer_id, sum(case when w.active then s.on_hand - s.reserved else 0 end) as available
                  from stock s join warehouses w on w.id = s.warehouse_id
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
