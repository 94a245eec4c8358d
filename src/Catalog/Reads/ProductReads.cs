using System.Text.Json;
using Npgsql;
using Souk.Contracts;
using Souk.Contracts.Catalog;
using Souk.Platform;
using Souk.Catalog.Features;

namespace Souk.Catalog.Reads;

/// <summary>A product as it is answered, with its version and who keeps it.</summary>
internal sealed record ProductRow(ProductAnswer Answer, long Version);

/// <summary>An offer as it is answered, with its version.</summary>
internal sealed record OfferRow(OfferAnswer Answer, long Version);

/// <summary>The reads of products and offers: one statement each, however many variants, offers and pictures there are.</summary>
internal static class ProductReads
{
    // What decides whether an offer can be bought, for every statement that asks.
    public const string Buyable =
        "(o.active and o.ended_at is null and p.status = 'published' and s.status = 'active' and c.status = 'approved')";

    // A reduction is news for as long as the prices it is compared with count.
    public const string Prior = "case when o.price_since > now() - interval '30 days' then o.prior_price_minor end";

    private const string OfferTables = """
        offers o join products p on p.id = o.product_id join variants v on v.id = o.variant_id
                 join shops s on s.id = o.shop_id join companies c on c.id = o.company_id
                 left join availability a on a.offer_id = o.id
        """;

    private const string OfferColumns = $"""
        o.id, o.product_id, o.variant_id, o.company_id, o.shop_id, s.name as shop_name, o.sku,
        p.name || case when v.title = '' then '' else ', ' || v.title end as title,
        o.price_minor, o.currency, o.delivery_fee_minor, o.tax_category, greatest(coalesce(a.available, 0), 0) as stock,
        o.active, {Buyable} as buyable, o.ended_at, o.version, {Prior} as prior_price_minor
        """;

    /// <summary>One offer: <c>$1</c>.</summary>
    public const string OfferSql = $"select {OfferColumns} from {OfferTables} where o.id = $1";

    /// <summary>Offers of a product, cheapest first, after a price and an id: <c>$1</c> the product, <c>$2</c> companies whose sleeping offers show too.</summary>
    public const string OffersSql = $"""
        select {OfferColumns} from {OfferTables}
         where o.product_id = $1 and ({Buyable} or (o.company_id = any($2) and o.ended_at is null) or $3)
           and ($4::bigint is null or (o.price_minor, o.id) > ($4, $5))
         order by o.price_minor, o.id limit $6
        """;

    /// <summary>The state that <see cref="OfferChanged" /> carries; a condition follows.</summary>
    public const string OfferStates = $"""
        select o.id, o.product_id, o.variant_id, o.company_id, o.shop_id, o.sku,
               p.name || case when v.title = '' then '' else ', ' || v.title end,
               o.price_minor, o.currency, o.delivery_fee_minor, o.tax_category,
               array(select distinct unnest(g.path) from categories g where g.id = any(p.category_ids) order by 1),
               v.weight_grams, {Buyable}, o.version
          from {OfferTables}
        """;

    /// <summary>The states that <see cref="ProductChanged" /> carries, of the products <c>$1</c>.</summary>
    public const string ProductStates = """
        select p.id, p.name, p.slug, p.status, p.company_id, p.category_ids, p.version,
               (select json_agg(json_build_object('variant_id', v.id, 'title', v.title, 'weight_grams', v.weight_grams) order by v.position, v.id)
                  from variants v where v.product_id = p.id)::text
          from products p where p.id = any($1) order by p.id
        """;

    /// <summary>
    /// One product: <c>$1</c>; <c>$2</c> whether the keeper asks, who sees its own offers that cannot be bought now too. The
    /// hundred best offers are in it, those in stock before the others; the rest is listed by the product's offers.
    /// </summary>
    public const string ProductSql = $"""
        select p.id, p.company_id, p.name, p.slug, p.description, p.status, p.attributes::text, p.options, p.created_at, p.updated_at,
               p.version, l.price_minor, l.currency, l.available, l.ranking,
               (select json_agg(json_build_object('id', v.id, 'title', v.title, 'options', v.options, 'weight_grams', v.weight_grams)
                                order by v.position, v.id)
                  from variants v where v.product_id = p.id)::text,
               (select json_agg(json_build_object(
                           'id', q.id, 'product_id', q.product_id, 'variant_id', q.variant_id, 'company_id', q.company_id,
                           'shop_id', q.shop_id, 'shop_name', q.shop_name, 'sku', q.sku, 'title', q.title,
                           'price', json_build_object('amount', q.price_minor, 'currency', q.currency),
                           'delivery_fee', case when q.delivery_fee_minor is not null
                                           then json_build_object('amount', q.delivery_fee_minor, 'currency', q.currency) end,
                           'prior_price', case when q.prior_price_minor is not null
                                          then json_build_object('amount', q.prior_price_minor, 'currency', q.currency)
                                          end,
                           'tax_category', q.tax_category, 'stock', q.stock, 'active', q.active, 'buyable', q.buyable)
                           order by q.price_minor, q.id)
                  from (select {OfferColumns} from {OfferTables}
                         where o.product_id = l.product_id and ({Buyable} or ($2 and o.company_id = p.company_id and o.ended_at is null))
                         order by (coalesce(a.available, 0) > 0) desc, o.price_minor, o.id limit 100) q)::text,
               (select json_agg(json_build_object('id', g.id, 'name', g.name, 'slug', g.slug) order by array_position(p2.category_ids, g.id))
                  from products p2 join categories g on g.id = any(p2.category_ids) where p2.id = l.product_id)::text,
               array(select t.name from tags t where t.id = any(p.tag_ids) order by t.name),
               (select json_agg(json_build_object('id', i.id, 'url', '/products/' || i.product_id || '/images/' || i.id,
                                                  'content_type', i.content_type, 'variant_id', i.variant_id,
                                                  'alt', i.alt, 'width', i.width, 'height', i.height)
                                order by i.position, i.id)
                  from images i where i.product_id = l.product_id)::text
          from products p join listings l on l.product_id = p.id
         where p.id = $1
        """;

    public static ProductRow Product(NpgsqlDataReader reader)
    {
        var offers = Read<OfferAnswer[]>(reader, 16) ?? [];
        var answer = new ProductAnswer(
            reader.GetGuid(0), reader.GetString(2), reader.GetString(3), reader.GetString(4),
            RichText.Html(reader.GetString(4)),
            reader.GetString(5), reader.GetGuid(1),
            reader.IsDBNull(11) ? null : new Money(reader.GetInt64(11), reader.GetString(12)),
            offers.FirstOrDefault(offer => offer.Buyable)?.PriorPrice,
            reader.GetInt64(13), reader.GetInt32(14),
            Read<Dictionary<string, JsonElement>>(reader, 6) ?? [],
            reader.GetFieldValue<string[]>(7),
            Read<VariantAnswer[]>(reader, 15) ?? [],
            offers, Best(offers),
            Read<ProductCategory[]>(reader, 17) ?? [],
            reader.GetFieldValue<string[]>(18),
            Read<ImageAnswer[]>(reader, 19) ?? [],
            reader.GetFieldValue<DateTimeOffset>(8), reader.GetFieldValue<DateTimeOffset>(9));
        return new ProductRow(answer, reader.GetInt64(10));
    }

    // The offers come cheapest first, and of the same price the oldest.
    private static Guid? Best(OfferAnswer[] offers) =>
        (offers.FirstOrDefault(offer => offer is { Buyable: true, Stock: > 0 })
            ?? offers.FirstOrDefault(offer => offer.Buyable))?.Id;

    public static OfferRow Offer(NpgsqlDataReader reader) => new(
        new OfferAnswer(
            reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetGuid(3), reader.GetGuid(4), reader.GetString(5),
            reader.GetString(6), reader.GetString(7), new Money(reader.GetInt64(8), reader.GetString(9)),
            reader.IsDBNull(17) ? null : new Money(reader.GetInt64(17), reader.GetString(9)),
            reader.IsDBNull(10) ? null : new Money(reader.GetInt64(10), reader.GetString(9)),
            reader.GetString(11), reader.GetInt64(12), reader.GetBoolean(13), reader.GetBoolean(14)),
        reader.GetInt64(16));

    public static ProductChanged ProductState(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetGuid(4), reader.GetFieldValue<Guid[]>(5),
        Read<VariantState[]>(reader, 7) ?? [], reader.GetInt64(6));

    public static OfferChanged OfferState(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetGuid(3), reader.GetGuid(4), reader.GetString(5),
        reader.GetString(6), reader.GetInt64(7), reader.GetString(8), reader.IsDBNull(9) ? null : reader.GetInt64(9), reader.GetString(10),
        reader.GetFieldValue<Guid[]>(11), reader.IsDBNull(12) ? null : reader.GetInt32(12), reader.GetBoolean(13), reader.GetInt64(14));

    // The documents of the statement above, not the client's: what the database made is read without the API's strictness.
    private static T? Read<T>(NpgsqlDataReader reader, int column) where T : class =>
        reader.IsDBNull(column) ? null : JsonSerializer.Deserialize<T>(reader.GetString(column), Json.Events);
}
