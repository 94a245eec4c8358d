namespace Souk.Carts;

/// <summary>
/// How promotions are read for a quote, and how limited ones are taken and given back. Rows are locked in the order of their
/// key.
/// </summary>
internal static class CouponSql
{
    /// <summary>A promotion's columns, in the order of <see cref="CartRows.Promotion" />.</summary>
    public const string Columns = """
        p.id, p.company_id, p.name, p.code, p.kind, p.percent, p.amount_minor, p.currency,
        p.buy_quantity, p.get_quantity, p.get_product_ids, p.minimum_minor, p.category_id, p.product_ids, p.seller_id,
        p.customer_group_id, p.first_order, p.starts_at, p.ends_at, p.uses_max, p.uses_per_customer_max,
        p.priority, p.exclusive, p.funded_by = 'marketplace', p.active
        """;

    /// <summary>
    /// $1 codes, $2 promotions without a code, $3 account, $4 customer: the promotions with the code that was given, and what
    /// is known of their use. One statement for all, and only where there are codes or such promotions.
    /// </summary>
    public const string Asked = $"""
        with asked (id, code, is_used) as (
                select id, code, false from promotions where code = any($1)
                union all select promotion_id, code, order_id is not null from promotion_codes where code = any($1)
                union all select id, null, false from unnest($2::uuid[]) as u (id))
        select {Columns}, a.code, coalesce(n.used, 0), coalesce(c.used, 0), a.is_used,
               p.customer_group_id is null or exists (
                   select 1 from customer_group_members m where m.group_id = p.customer_group_id and m.account_id = $3),
               p.first_order and exists (
                   select 1 from contacts o where o.account_id = $3 and not o.kept and not o.refused)
          from asked a join promotions p on p.id = a.id
          left join promotion_counts n on n.promotion_id = p.id
          left join promotion_customers c on c.promotion_id = p.id and c.customer = $4
        """;

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

    /// <summary>$1 order, $2 codes that are good for one order. Answers those that were taken.</summary>
    public const string TakeCodes = """
        update promotion_codes set order_id = $1
         where code in (select code from promotion_codes where code = any($2) and order_id is null order by code for update)
        returning code
        """;

    /// <summary>$1 order, $2 promotions, $3 customer, $4 the codes of those that have one for each order.</summary>
    public const string Record = """
        insert into redemptions (order_id, promotion_id, customer, code)
        select $1, t.id, $3, t.code from unnest($2::uuid[], $4::text[]) as t (id, code)
        """;

    /// <summary>$1 orders. Before <see cref="Return" />, so that the counts are locked in the order of their key.</summary>
    public const string LockToReturn = """
        select promotion_id from promotion_counts
         where promotion_id in (select promotion_id from redemptions where order_id = any($1) and returned_at is null)
         order by promotion_id for update
        """;

    /// <summary>$1 orders that never came about. Each use is given back once.</summary>
    public const string Return = """
        with returned as (
                update redemptions set returned_at = now() where order_id = any($1) and returned_at is null
                returning order_id, promotion_id, customer, code),
             codes as (
                update promotion_codes k set order_id = null from returned r where k.code = r.code and k.order_id = r.order_id),
             counts as (
                update promotion_counts n set used = n.used - r.uses
                  from (select promotion_id, count(*) as uses from returned group by promotion_id) r
                 where n.promotion_id = r.promotion_id)
        update promotion_customers n set used = n.used - r.uses
          from (select promotion_id, customer, count(*) as uses from returned group by promotion_id, customer) r
         where n.promotion_id = r.promotion_id and n.customer = r.customer
        """;
}
