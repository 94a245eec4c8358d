namespace Souk.Carts;

/// <summary>
/// The statements of the cart. SQL by hand, because an add, a change and a read of a cart are each one statement by its
/// key that answers the whole row. The offers of its lines come from <see cref="OfferCache" />.
/// </summary>
internal static class CartSql
{
    private const string Columns = """
        c.id, c.order_id, c.version, c.contact::text, c.delivery_companies, c.delivery_methods, c.coupons, now(),
        c.offer_ids, c.quantities, c.prices
        """;

    /// <summary>$1 cart.</summary>
    public const string Read = $"select {Columns} from carts c where id = $1";

    /// <summary>
    /// $1 cart, $2 account, $3 currency, $4 offers, $5 quantities, $6 prices. Makes the cart or adds lines to it. Changes
    /// nothing and answers no row when one of the offers is in it already, when it has another currency, when there would
    /// be too many lines, or when a checkout holds it.
    /// </summary>
    public const string Add = $"""
        insert into carts as c (id, account_id, currency, offer_ids, quantities, prices) values ($1, $2, $3, $4, $5, $6)
        on conflict (id) do update
           set offer_ids = c.offer_ids || excluded.offer_ids, quantities = c.quantities || excluded.quantities,
               prices = c.prices || excluded.prices, currency = excluded.currency, version = c.version + 1,
               updated_at = now()
         where c.status = 'open' and (c.currency = excluded.currency or cardinality(c.offer_ids) = 0)
           and cardinality(c.offer_ids) + cardinality(excluded.offer_ids) <= 500
           and not c.offer_ids && excluded.offer_ids
        returning {Columns}
        """;

    /// <summary>
    /// The same where some are in it: pieces of an offer are added to its line, up to what a line may hold. Apart from
    /// <see cref="Add" />, because the server works longer for it and it is seldom needed.
    /// </summary>
    public const string AddMore = $"""
        update carts c
           set (offer_ids, quantities, prices) = (
                   select array_agg(offer_id order by n), array_agg(quantity order by n), array_agg(price order by n)
                     from (select offer_id, least(sum(quantity), 10000)::int as quantity, min(n) as n,
                                  (array_agg(price order by n desc))[1] as price
                             from unnest(c.offer_ids || $4::uuid[], c.quantities || $5::int[], c.prices || $6::bigint[])
                                  with ordinality as l (offer_id, quantity, price, n)
                            group by offer_id) as merged),
               version = c.version + 1, updated_at = now()
         where id = $1 and account_id is not distinct from $2 and c.status = 'open' and c.currency = $3
           and (select count(distinct id) from unnest(c.offer_ids || $4::uuid[]) as u (id)) <= 500
        returning {Columns}
        """;

    /// <summary>
    /// $1 cart, $2 account, $3 contact, $4 and $5 delivery choices, $6 coupons; null leaves what there is. Makes the cart
    /// when there is none. No row when a checkout holds it.
    /// </summary>
    public const string Change = $"""
        insert into carts as c (id, account_id, contact, delivery_companies, delivery_methods, coupons)
        values ($1, $2, $3, coalesce($4::uuid[], '{"{}"}'), coalesce($5::uuid[], '{"{}"}'), coalesce($6::text[], '{"{}"}'))
        on conflict (id) do update
           set contact = coalesce($3, c.contact),
               delivery_companies = coalesce($4, c.delivery_companies),
               delivery_methods = coalesce($5, c.delivery_methods),
               coupons = coalesce($6, c.coupons),
               version = c.version + 1, updated_at = now()
         where c.status = 'open'
        returning {Columns}
        """;

    /// <summary>$1 cart, $2 offer, $3 quantity. The price seen becomes the price of now. No row: no such line, or frozen.</summary>
    public const string ChangeLine = $"""
        update carts c
           set quantities[array_position(offer_ids, $2)] = $3,
               prices[array_position(offer_ids, $2)] = coalesce(
                   (select price_minor from offers where id = $2), prices[array_position(offer_ids, $2)]),
               version = version + 1, updated_at = now()
         where id = $1 and status = 'open' and $2 = any(offer_ids)
        returning {Columns}
        """;

    /// <summary>$1 cart, $2 offers to take out. No row: none of them is in it, or frozen.</summary>
    public const string RemoveLines = $"""
        update carts c
           set (offer_ids, quantities, prices) = (
                   select coalesce(array_agg(offer_id order by n), '{"{}"}'), coalesce(array_agg(quantity order by n), '{"{}"}'),
                          coalesce(array_agg(price order by n), '{"{}"}')
                     from unnest(c.offer_ids, c.quantities, c.prices) with ordinality as l (offer_id, quantity, price, n)
                    where offer_id <> all($2)),
               version = version + 1, updated_at = now()
         where id = $1 and status = 'open' and offer_ids && $2
        returning {Columns}
        """;

    /// <summary>$1 cart. No row when a checkout holds it or there is none.</summary>
    public const string Empty = "delete from carts where id = $1 and status = 'open' returning 1";

    /// <summary>
    /// $1 the customer's cart, $2 account, $3 the guest's cart. What the guest put in goes into the customer's cart, as far
    /// as it fits: the customer's lines first, up to what a cart may hold. The guest's cart is gone; where a checkout holds the
    /// customer's, or it has another currency, both stay as they are.
    /// </summary>
    public const string Merge = """
        with guest as (
                delete from carts g where id = $3 and account_id is null and status = 'open' and cardinality(offer_ids) > 0
                   and not exists (
                       select 1 from carts c where c.id = $1 and (c.status <> 'open' or (cardinality(c.offer_ids) > 0 and c.currency <> g.currency)))
                returning *)
        insert into carts as c (id, account_id, currency, offer_ids, quantities, prices, contact, delivery_companies, delivery_methods, coupons)
        select $1, $2, currency, offer_ids, quantities, prices, contact, delivery_companies, delivery_methods, coupons from guest
        on conflict (id) do update
           set (offer_ids, quantities, prices) = (
                   select array_agg(offer_id order by n), array_agg(quantity order by n), array_agg(price order by n)
                     from (select offer_id, least(sum(quantity), 10000)::int as quantity, min(n) as n, (array_agg(price order by n))[1] as price
                             from (select offer_id, quantity, price, n
                                     from unnest(c.offer_ids, c.quantities, c.prices) with ordinality as l (offer_id, quantity, price, n)
                                   union all
                                   select offer_id, quantity, price, n + 1000
                                     from unnest(excluded.offer_ids, excluded.quantities, excluded.prices)
                                          with ordinality as l (offer_id, quantity, price, n)) as both_carts
                            group by offer_id order by min(n) limit 500) as merged),
               currency = excluded.currency,
               contact = coalesce(c.contact, excluded.contact),
               coupons = (select coalesce(array_agg(code order by n), '{}') from (select code, min(n) as n from unnest(c.coupons || excluded.coupons)
                              with ordinality as u (code, n) group by code order by min(n) limit 5) as codes),
               version = c.version + 1, updated_at = now()
         where c.status = 'open' and (c.currency = excluded.currency or cardinality(c.offer_ids) = 0)
        """;

    /// <summary>$1 cart, $2 the version that was priced, $3 the order. For <c>RunMust</c>: two tabs cannot both freeze one cart.</summary>
    public const string Freeze = """
        update carts set status = 'frozen', order_id = $3, version = version + 1, updated_at = now()
         where id = $1 and version = $2 and status = 'open' returning 1
        """;

    /// <summary>$1 offers: what a quote needs of those that are known, as <see cref="CartRows.Offer" /> reads it.</summary>
    public const string Offers = """
        select o.id, o.product_id, o.variant_id, o.company_id, o.shop_id, o.sku, o.title, o.price_minor, o.currency,
               o.delivery_fee_minor, o.tax_category, o.category_ids, o.weight_grams, o.active, a.available, o.version,
               coalesce(a.version, 0)
          from offers o left join availability a on a.offer_id = o.id
         where o.id = any($1)
        """;

    /// <summary>$1 products: their offers that can be bought.</summary>
    public const string OffersOfProducts = """
        select o.product_id, o.variant_id, o.id, o.title, o.price_minor, o.currency, o.shop_id, coalesce(a.available, 0)
          from offers o left join availability a on a.offer_id = o.id
         where o.product_id = any($1) and o.active
         order by coalesce(a.available, 0) > 0 desc, o.price_minor, o.id
         limit 10000
        """;

    /// <summary>Offers as Catalog says now ($1 … arrays of their columns); an older state changes nothing.</summary>
    public const string PutOffers = """
        insert into offers as o (id, product_id, variant_id, company_id, shop_id, sku, title, price_minor, currency,
                                 delivery_fee_minor, tax_category, category_ids, weight_grams, active, version)
        select id, product_id, variant_id, company_id, shop_id, sku, title, price_minor, currency,
               delivery_fee_minor, tax_category, category_ids::uuid[], weight_grams, active, version
          from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bigint[], $9::text[],
                      $10::bigint[], $11::text[], $12::text[], $13::int[], $14::bool[], $15::bigint[])
               as n (id, product_id, variant_id, company_id, shop_id, sku, title, price_minor, currency,
                     delivery_fee_minor, tax_category, category_ids, weight_grams, active, version)
        on conflict (id) do update
           set product_id = excluded.product_id, variant_id = excluded.variant_id, company_id = excluded.company_id,
               shop_id = excluded.shop_id, sku = excluded.sku, title = excluded.title, price_minor = excluded.price_minor,
               currency = excluded.currency, delivery_fee_minor = excluded.delivery_fee_minor,
               tax_category = excluded.tax_category, category_ids = excluded.category_ids,
               weight_grams = excluded.weight_grams, active = excluded.active, version = excluded.version
         where o.version < excluded.version
        """;

    /// <summary>$1 offers, $2 pieces, $3 versions.</summary>
    public const string PutAvailability = """
        insert into availability as a (offer_id, available, version)
        select offer_id, available, version from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as n (offer_id, available, version)
        on conflict (offer_id) do update set available = excluded.available, version = excluded.version where a.version < excluded.version
        """;

    /// <summary>The snapshot of a checkout; it has the id of its order. $1 order, $2 account, $3 cart, $4 card.</summary>
    public const string KeepContact = "insert into contacts (id, account_id, cart_id, card) values ($1, $2, $3, $4)";
}
