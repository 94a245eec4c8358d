using Souk.Platform.Jobs;

namespace Souk.Inventory.Jobs;

/// <summary>Adds the movements of goods up to the sums by day that reports read. It stays behind by more than any transaction takes.</summary>
internal sealed class SumStockDays(InventoryDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>The sums of movements <c>m</c>, in the order of the columns of <c>stock_days</c>.</summary>
    public const string Sums = """
        coalesce(sum(m.on_hand_change) filter (where m.kind = 'in'), 0)::bigint as received,
        coalesce(-sum(m.on_hand_change) filter (where m.kind = 'out' and m.order_id is not null), 0)::bigint as sold,
        coalesce(-sum(m.on_hand_change) filter (where m.kind = 'out' and m.order_id is null), 0)::bigint as removed,
        coalesce(sum(m.on_hand_change) filter (where m.kind = 'adjust'), 0)::bigint as adjusted,
        coalesce(sum(m.on_hand_change) filter (where m.kind = 'transfer'), 0)::bigint as transferred
        """;

    private const int MovementsMax = 100_000;

    public Task Run(CancellationToken ct)
    {
        // Ids are in the order of time, but not of commits: what may still be under way comes with a later run.
        db.Run($"""
            with news as materialized (
                select id, at, offer_id, warehouse_id, kind, order_id, on_hand_change from movements
                 where on_hand_change <> 0 and id > (select upto from stock_sums for update)
                   and id < {MovementIds.From("now() - interval '2 minutes'")}
                 order by id limit {MovementsMax}),
            put as (
                insert into stock_days as d (offer_id, warehouse_id, day, received, sold, removed, adjusted, transferred)
                select m.offer_id, m.warehouse_id, (m.at at time zone 'utc')::date, {Sums}
                  from news m group by 1, 2, 3
                on conflict (offer_id, warehouse_id, day) do update
                   set received = d.received + excluded.received, sold = d.sold + excluded.sold,
                       removed = d.removed + excluded.removed, adjusted = d.adjusted + excluded.adjusted, transferred = d.transferred + excluded.transferred)
            update stock_sums set upto = (select id from news order by id desc limit 1)
             where exists (select 1 from news)
            """);
        return Task.CompletedTask;
    }
}
