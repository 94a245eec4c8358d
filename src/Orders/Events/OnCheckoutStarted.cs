using System.Text.Json;
using Microsoft.Extensions.Options;
using Souk.Contracts.Carts;
using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>A buyer accepted a quote: writes the orders with their parts and lines and asks for their stock.</summary>
/// <remarks>One statement for the whole batch, so that an order is there with all its rows or not at all.</remarks>
internal sealed class OnCheckoutStarted(OrdersDb db, PlacedLines placedLines, IOptions<OrdersOptions> options)
    : IHandleBatch<CheckoutStarted>
{
    // An order that is there already stays as it is, and is not asked for again.
    private const string Place = """
        with placed as (
            insert into orders (id, account_id, cart_id, contact_id, country, postcode, currency, prices_include_tax, items_minor,
                                discount_minor, delivery_minor, tax_minor, total_minor, coupon_codes, payments, return_url, created_at, deadline)
            select o.id, account_id, cart_id, contact_id, country, postcode, currency, include, items, discount, delivery, tax, total,
                   coupons::text[], payments, return_url, created_at, now() + $18
              from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bool[], $9::bigint[],
                          $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::jsonb[], $16::text[], $17::timestamptz[])
                   as o(id, account_id, cart_id, contact_id, country, postcode, currency, include, items, discount, delivery, tax, total,
                        coupons, payments, return_url, created_at)
            on conflict (id) do nothing
            returning id, account_id),
        parts as (
            insert into order_parts (order_id, id, company_id, delivery_method_id, delivery_method_name, items_minor, discount_minor,
                                     delivery_minor, tax_minor, total_minor)
            select p.* from unnest($19::uuid[], $20::uuid[], $21::uuid[], $22::uuid[], $23::text[], $24::bigint[], $25::bigint[],
                                   $26::bigint[], $27::bigint[], $28::bigint[])
                   as p(order_id, id, company_id, method_id, method_name, items, discount, delivery, tax, total)
              join placed on placed.id = p.order_id),
        lines as (
            insert into order_lines (order_id, id, part_id, position, offer_id, product_id, variant_id, company_id, shop_id, sku, title,
                                     quantity, unit_price_minor, discount_minor, discount_by_marketplace_minor, delivery_minor,
                                     tax_minor, total_minor, tax_category, category_ids,
                                     delivery_discount_by_marketplace_minor)
            select l.order_id, l.id, part_id, position, offer_id, product_id, variant_id, company_id, shop_id, sku, title,
                   quantity, unit_price, discount, by_marketplace, delivery, tax, total, tax_category,
                   categories::uuid[], of_delivery
              from unnest($29::uuid[], $30::uuid[], $31::uuid[], $32::int[], $33::uuid[], $34::uuid[], $35::uuid[], $36::uuid[], $37::uuid[],
                          $38::text[], $39::text[], $40::int[], $41::bigint[], $42::bigint[], $43::bigint[], $44::bigint[], $45::bigint[],
                          $46::bigint[], $47::text[], $48::text[], $49::bigint[])
                   as l(order_id, id, part_id, position, offer_id, product_id, variant_id, company_id, shop_id, sku, title, quantity,
                        unit_price, discount, by_marketplace, delivery, tax, total, tax_category, categories,
                        of_delivery)
              join placed on placed.id = l.order_id),
        history as (
            insert into timeline (order_id, actor, account_id, to_status, reason)
            select id, 'buyer', account_id, 'pending', 'placed' from placed)
        select id from placed
        """;

    public async Task Handle(IReadOnlyList<CheckoutStarted> events, CancellationToken ct)
    {
        var checkouts = events.DistinctBy(e => e.OrderId).ToArray();
        var parts = checkouts.SelectMany(Split).ToArray();
        var placed = (await db.Query(Place, row => row.GetGuid(0), ct, [.. Orders(checkouts), .. Parts(parts), .. Lines(parts)])).ToHashSet();
        foreach (var order in parts.Where(part => placed.Contains(part.OrderId)).GroupBy(part => part.OrderId))
            placedLines.Keep(order.Key, [.. order.SelectMany(LinesOf).OrderBy(line => line.Position)]);
        foreach (var e in checkouts.Where(e => placed.Contains(e.OrderId)))
            db.Publish(new OrderPlaced(
                e.OrderId, e.Country, [.. e.Lines.Select(line => new LineQuantity(line.LineId, line.OfferId, line.Quantity))], ReserveFor(e.Payments),
                e.Postcode, e.AccountId));
    }

    private TimeSpan ReserveFor(PaymentIntent[] payments) =>
        payments.Any(payment => payment.Method == "bank_slip") ? options.Value.ReserveForBankSlip : options.Value.ReserveFor;

    private static IEnumerable<PlacedPart> Split(CheckoutStarted e)
    {
        var lines = e.Lines.Index().ToLookup(line => line.Item.CompanyId);
        return e.Parts.Select(part => new PlacedPart(e.OrderId, part, [.. lines[part.CompanyId]]));
    }

    private static IEnumerable<OrderLine> LinesOf(PlacedPart part) =>
        part.Lines.Select(line => OrderLine.Of(part.OrderId, part.Part.PartId, line.Position, line.Line));

    private object?[] Orders(CheckoutStarted[] e) =>
    [
        Column(e, o => o.OrderId),
        Pg.Uuids(Column(e, o => o.AccountId)),
        Pg.Uuids(Column(e, o => o.CartId)),
        Column(e, o => o.ContactId),
        Column(e, o => o.Country),
        Column(e, o => o.Postcode),
        Column(e, o => o.Currency),
        Column(e, o => o.PricesIncludeTax),
        Column(e, o => o.Lines.Sum(line => line.Quantity * line.UnitPriceMinor)),
        Column(e, o => o.Lines.Sum(line => line.DiscountMinor)),
        Column(e, o => o.Lines.Sum(line => line.DeliveryMinor)),
        Column(e, o => o.Lines.Sum(line => line.TaxMinor)),
        Column(e, o => o.TotalMinor),
        Column(e, o => Literal(o.CouponCodes)),
        Pg.Jsonb(Column(e, o => (string?)JsonSerializer.Serialize(o.Payments, Json.Events))),
        Pg.Texts(Column(e, o => o.ReturnUrl)),
        Column(e, o => PlacedAt(o.OrderId)),
        options.Value.PendingMax,
    ];

    private static object?[] Parts(PlacedPart[] p) =>
    [
        Column(p, part => part.OrderId),
        Column(p, part => part.Part.PartId),
        Column(p, part => part.Part.CompanyId),
        Column(p, part => part.Part.DeliveryMethodId),
        Column(p, part => part.Part.DeliveryMethodName),
        Column(p, part => part.Lines.Sum(line => line.Line.Quantity * line.Line.UnitPriceMinor)),
        Column(p, part => part.Lines.Sum(line => line.Line.DiscountMinor)),
        Column(p, part => part.Lines.Sum(line => line.Line.DeliveryMinor)),
        Column(p, part => part.Lines.Sum(line => line.Line.TaxMinor)),
        Column(p, part => part.Lines.Sum(line => line.Line.TotalMinor)),
    ];

    private static object?[] Lines(PlacedPart[] parts)
    {
        var l = parts.SelectMany(part => part.Lines, (part, line) => (Part: part, line.Position, line.Line)).ToArray();
        return
        [
            Column(l, line => line.Part.OrderId),
            Column(l, line => line.Line.LineId),
            Column(l, line => line.Part.Part.PartId),
            Column(l, line => line.Position),
            Column(l, line => line.Line.OfferId),
            Column(l, line => line.Line.ProductId),
            Column(l, line => line.Line.VariantId),
            Column(l, line => line.Line.CompanyId),
            Column(l, line => line.Line.ShopId),
            Column(l, line => line.Line.Sku),
            Column(l, line => line.Line.Title),
            Column(l, line => line.Line.Quantity),
            Column(l, line => line.Line.UnitPriceMinor),
            Column(l, line => line.Line.DiscountMinor),
            Column(l, line => line.Line.DiscountByMarketplaceMinor),
            Column(l, line => line.Line.DeliveryMinor),
            Column(l, line => line.Line.TaxMinor),
            Column(l, line => line.Line.TotalMinor),
            Column(l, line => line.Line.TaxCategory),
            Column(l, line => "{" + string.Join(',', line.Line.CategoryIds) + "}"),
            Column(l, line => line.Line.DeliveryDiscountByMarketplaceMinor),
        ];
    }

    private static T[] Column<TRow, T>(TRow[] rows, Func<TRow, T> value) => Array.ConvertAll(rows, row => value(row));

    // PostgreSQL has no array of arrays of different lengths: an inner one travels as its text.
    private static string Literal(string[] texts) =>
        "{" + string.Join(',', texts.Select(text => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"")) + "}";

    // The first 48 bits of a UUIDv7 are milliseconds since 1970.
    private static DateTimeOffset PlacedAt(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16);
    }

    private sealed record PlacedPart(Guid OrderId, OrderedPart Part, (int Position, OrderedLine Line)[] Lines);
}
