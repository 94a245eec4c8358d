namespace Souk.Carts;

/// <summary>How limited coupons are taken and given back. Rows are locked in the order of their key.</summary>
internal static class CouponSql
{
    /// <summary>$1 promotions, $2 their limits in total (null: none). Answers those that were taken.</summary>
    public const string Take = """
        insert into promotion_counts as n (promotion_id, used) select id, 1 from unnest($1::uuid[]) as w (id) order by id
        on conflict (promotion_id) do update set used = n.used + 1
         where n.used < coalesce(
             (select m.uses_max from unnest($1::uuid[], $2::bigint[]) as m (id, uses_max) where m.id = n.promotion_id), 9223372036854775807)
        returning promotion_id
        """;

    /// <summary>$1 promotions, $2 their limits for each customer, $3 customer. Answers those that were taken.</summary>
    public const string TakeForCustomer = """
        insert into promotion_customers as n (promotion_id, customer, used)
        select id, $3, 1 from unnest($1::uuid[], $2::int[]) as w (id, uses_max) order by id
        on conflict (promotion_id, customer) do update set used = n.used + 1
         where n.used < (select m.uses_max from unnest($1::uuid[], $2::int[]) as m (id, uses_max) where m.id = n.promotion_id)
        returning promotion_id
        """;

    /// <summary>$1 order, $2 promotions, $3 customer.</summary>
    public const string Record = "insert into redemptions (order_id, promotion_id, customer) select $1, unnest($2::uuid[]), $3";

    /// <summary>$1 orders. Before <see cref="Return" />, so that the counts are locked in the order of their key.</summary>
    public const string LockToReturn = """
        select promotion_id from promotion_counts
         where promotion_id in (select promotion_id from redemptions where order_id = any($1) and returned_at is null)
         order by promotion_id for update
        """;

    /// <summary>$1 orders that never came about. Each use is given back once.</summary>
    public const string Return = """
        with returned as (
                update redemptions set returned_at = now() where order_id = any($1) and returned_at is null returning promotion_id, customer),
             counts as (
                update promotion_counts n set used = n.used - r.uses
                  from (select promotion_id, count(*) as uses from returned group by promotion_id) r
                 where n.promotion_id = r.promotion_id)
        update promotion_customers n set used = n.used - r.uses
          from (select promotion_id, customer, count(*) as uses from returned group by promotion_id, customer) r
         where n.promotion_id = r.promotion_id and n.customer = r.customer
        """;
}
