using Npgsql;
using Souk.Orders.Domain;

namespace Souk.Orders;

/// <summary>
/// Reads orders as hand-written SQL returns them, without EF Core: on the way of a checkout that is a quarter of the
/// time.
/// </summary>
internal static class OrderRows
{
    public const string Columns = """
        o.id, o.number, o.status, o.version, o.account_id, o.cart_id, o.contact_id, o.country, o.postcode, o.currency,
        o.prices_include_tax, o.items_minor, o.discount_minor, o.delivery_minor, o.tax_minor, o.total_minor, o.coupon_codes,
        o.payments::text, o.return_url, o.action_kind, o.action_url, o.action_expires_at, o.created_at, o.updated_at,
        o.reserved_until, o.confirmed_at, o.captured_at, o.cancelled_at, o.cancel_reason, o.captured_minor, o.refunded_minor,
        o.deadline, o.overdue
        """;

    public const string PartColumns = """
        order_id, id, company_id, status, delivery_method_id, delivery_method_name, items_minor, discount_minor, delivery_minor,
        tax_minor, total_minor, carrier, tracking_number, shipped_at, delivered_at, cancelled_at
        """;

    public const string LineColumns = """
        order_id, id, part_id, position, offer_id, product_id, variant_id, company_id, shop_id, sku, title, quantity,
        unit_price_minor, discount_minor, discount_by_marketplace_minor, delivery_minor, tax_minor, total_minor, tax_category,
        category_ids, delivery_discount_by_marketplace_minor
        """;

    /// <summary>What became of the pieces of lines: of those of which some went any way.</summary>
    /// <param name="orders">Of which orders: a comparison with <c>$1</c>.</param>
    public static string CountsOf(string orders) => $"""
        select line_id as counted, coalesce(sum(quantity) filter (where kind = 'taken_off'), 0)::int,
               coalesce(sum(quantity) filter (where kind = 'shipped'), 0)::int,
               coalesce(sum(quantity) filter (where kind = 'returned'), 0)::int, sum(refunded)::int,
               sum(refund_minor)::bigint, order_id as counted_order
          from piece_moves where order_id {orders} group by order_id, line_id
        """;

    public static Order Order(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Number = row.GetInt64(1),
        Status = Words.Order(row.GetString(2)),
        Version = row.GetInt64(3),
        AccountId = Id(row, 4),
        CartId = Id(row, 5),
        ContactId = row.GetGuid(6),
        Country = row.GetString(7),
        Postcode = row.GetString(8),
        Currency = row.GetString(9),
        PricesIncludeTax = row.GetBoolean(10),
        ItemsMinor = row.GetInt64(11),
        DiscountMinor = row.GetInt64(12),
        DeliveryMinor = row.GetInt64(13),
        TaxMinor = row.GetInt64(14),
        TotalMinor = row.GetInt64(15),
        CouponCodes = row.GetFieldValue<string[]>(16),
        Payments = Text(row, 17),
        ReturnUrl = Text(row, 18),
        ActionKind = Text(row, 19),
        ActionUrl = Text(row, 20),
        ActionExpiresAt = Time(row, 21),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(22),
        UpdatedAt = row.GetFieldValue<DateTimeOffset>(23),
        ReservedUntil = Time(row, 24),
        ConfirmedAt = Time(row, 25),
        CapturedAt = Time(row, 26),
        CancelledAt = Time(row, 27),
        CancelReason = Text(row, 28),
        CapturedMinor = row.GetInt64(29),
        RefundedMinor = row.GetInt64(30),
        Deadline = Time(row, 31),
        Overdue = row.GetInt32(32),
    };

    public static OrderPart Part(NpgsqlDataReader row) => new()
    {
        OrderId = row.GetGuid(0),
        Id = row.GetGuid(1),
        CompanyId = row.GetGuid(2),
        Status = Words.Part(row.GetString(3)),
        DeliveryMethodId = row.GetGuid(4),
        DeliveryMethodName = row.GetString(5),
        ItemsMinor = row.GetInt64(6),
        DiscountMinor = row.GetInt64(7),
        DeliveryMinor = row.GetInt64(8),
        TaxMinor = row.GetInt64(9),
        TotalMinor = row.GetInt64(10),
        Carrier = Text(row, 11),
        TrackingNumber = Text(row, 12),
        ShippedAt = Time(row, 13),
        DeliveredAt = Time(row, 14),
        CancelledAt = Time(row, 15),
    };

    public static OrderLine Line(NpgsqlDataReader row) => new()
    {
        OrderId = row.GetGuid(0),
        Id = row.GetGuid(1),
        PartId = row.GetGuid(2),
        Position = row.GetInt32(3),
        OfferId = row.GetGuid(4),
        ProductId = row.GetGuid(5),
        VariantId = row.GetGuid(6),
        CompanyId = row.GetGuid(7),
        ShopId = row.GetGuid(8),
        Sku = row.GetString(9),
        Title = row.GetString(10),
        Quantity = row.GetInt32(11),
        UnitPriceMinor = row.GetInt64(12),
        DiscountMinor = row.GetInt64(13),
        DiscountByMarketplaceMinor = row.GetInt64(14),
        DeliveryMinor = row.GetInt64(15),
        TaxMinor = row.GetInt64(16),
        TotalMinor = row.GetInt64(17),
        TaxCategory = row.GetString(18),
        CategoryIds = row.GetFieldValue<Guid[]>(19),
        DeliveryDiscountByMarketplaceMinor = row.GetInt64(20),
    };

    public static (Guid LineId, Pieces Pieces) CountOf(NpgsqlDataReader row) => CountOf(row, 0);

    public static (Guid LineId, Pieces Pieces) CountOf(NpgsqlDataReader row, int first) => (
        row.GetGuid(first),
        new Pieces(
            TakenOff: row.GetInt32(first + 1), Shipped: row.GetInt32(first + 2), Returned: row.GetInt32(first + 3),
            Refunded: row.GetInt32(first + 4), RefundMinor: row.GetInt64(first + 5)));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Guid? Id(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
