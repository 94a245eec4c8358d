using Souk.Contracts.Inventory;
using Souk.Platform.Events;

namespace Souk.Catalog.Events;

/// <summary>Keeps how many pieces of each offer can be bought, for what products and lists show. It decides nothing.</summary>
internal sealed class OnAvailabilityChanged(CatalogDb db) : IHandleBatch<AvailabilityChanged>
{
    public async Task Handle(IReadOnlyList<AvailabilityChanged> events, CancellationToken ct)
    {
        // The newest of each offer; rows in the order of their ids, as everybody locks them.
        AvailabilityChanged[] newest = [.. events.GroupBy(e => e.OfferId).Select(same => same.MaxBy(e => e.Version)!).OrderBy(e => e.OfferId)];
        var products = await db.Query("""
            with kept as (
                insert into availability as a (offer_id, available, version)
                select * from unnest($1::uuid[], $2::bigint[], $3::bigint[])
                    on conflict (offer_id) do update set available = excluded.available, version = excluded.version
                 where a.version < excluded.version
                returning offer_id
            )
            select distinct product_id from offers where id in (select offer_id from kept) order by 1
            """,
            reader => reader.GetGuid(0), ct,
            newest.Select(e => e.OfferId).ToArray(), newest.Select(e => e.Available).ToArray(), newest.Select(e => e.Version).ToArray());
        if (products.Count == 0)
            return;

        // Only the number of pieces moved: the rows that lists are sorted by stay as they are.
        Guid[] ids = [.. products];
        db.Lock("select 1 from listings where product_id = any($1) order by product_id for update", ids);
        db.Run("""
            update listings l set available = (
                select coalesce(sum(greatest(a.available, 0)), 0)
                  from offers o
                  join companies c on c.id = o.company_id and c.status = 'approved'
                  join shops s on s.id = o.shop_id and s.status = 'active'
                  join availability a on a.offer_id = o.id
                 where o.product_id = l.product_id and o.active and o.ended_at is null)
             where l.product_id = any($1) and l.live
            """, ids);
        db.ForgetStock(ids);
    }
}
