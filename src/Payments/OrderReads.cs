using Npgsql;
using Souk.Payments.Domain;

namespace Souk.Payments;

/// <summary>
/// Opens the money of many orders at once. Hand-written SQL: this is the path of every checkout, and a batch of any size is
/// one message in, and one message out by <see cref="OrderWrites" />.
/// </summary>
internal static class OrderReads
{
    /// <summary>
    /// Locks the orders' rows, in the order of their ids, and reads their payments. Orders that Payments does not know are left out.
    /// </summary>
    /// <param name="db">In a write.</param>
    /// <param name="orders">Which ones.</param>
    /// <param name="withLines">Those whose lines and unfinished refunds are needed too: where money is taken or given back.</param>
    /// <param name="ct">Ends the read.</param>
    public static async Task<Dictionary<Guid, OrderMoney>> Open(
        this PaymentsDb db, IEnumerable<Guid> orders, IEnumerable<Guid> withLines, CancellationToken ct)
    {
        Guid[] ids = [.. orders.Distinct().Order()];
        Guid[] lineIds = [.. withLines.Distinct()];
        var open = new Dictionary<Guid, OrderMoney>(ids.Length);
        if (ids.Length == 0)
            return open;
        db.Ask("""
            select order_id, account_id, currency, total_minor, return_url, state, waiting_until, captured_minor, refunds_minor, refunded_minor, sold,
                   coalesce(waiting_until > now(), false) and state in ('due', 'declined')
              from order_money where order_id = any($1) order by order_id for update
            """,
            reader => Each(reader, row => open.Add(row.GetGuid(0), ReadOrder(row))), ids);
        if (lineIds.Length > 0)
        {
            db.Ask("""
                select order_id, line_id, company_id, goods_minor, delivery_minor, tax_minor, discount_minor, commission_minor, total_minor,
                       commission_rule_id, commission_percent, refunded_minor, refunded_goods_minor, refunded_delivery_minor,
                       refunded_tax_minor, refunded_discount_minor, refunded_commission_minor
                  from order_lines where order_id = any($1) order by order_id, line_id
                """,
                reader => Each(reader, row => open.GetValueOrDefault(row.GetGuid(0))?.Lines.Add(ReadLine(row))), lineIds);
            db.Ask("""
                select order_id, id, company_id, currency, amount_minor, done_minor, status, reason, account_id
                  from refunds where order_id = any($1) and status in ('waiting', 'pending')
                """,
                reader => Each(reader, row => open.GetValueOrDefault(row.GetGuid(0))?.Refunds.Add(ReadRefund(row))), lineIds);
        }
        var payments = await db.Query("""
            select id, order_id, account_id, method, token, gateway, gateway_ref, currency, amount_minor, captured_minor, refunds_minor,
                   refunded_minor, status, unwanted, action, action_url, expires_at, code, detail
              from payments where order_id = any($1) order by id
            """, ReadPayment, ct, ids);
        foreach (var payment in payments)
            open[payment.OrderId].Payments.Add(payment);
        return open;
    }

    private static OrderMoney ReadOrder(NpgsqlDataReader row) => new()
    {
        OrderId = row.GetGuid(0),
        AccountId = Id(row, 1),
        Currency = row.GetString(2),
        TotalMinor = row.GetInt64(3),
        ReturnUrl = Text(row, 4),
        State = Words.Read<OrderState>(row.GetString(5)),
        WaitingUntil = Time(row, 6),
        CapturedMinor = row.GetInt64(7),
        RefundsMinor = row.GetInt64(8),
        RefundedMinor = row.GetInt64(9),
        Sold = row.GetBoolean(10),
        AwaitsPayment = row.GetBoolean(11),
    };

    private static SoldLine ReadLine(NpgsqlDataReader row) => new()
    {
        LineId = row.GetGuid(1),
        CompanyId = row.GetGuid(2),
        GoodsMinor = row.GetInt64(3),
        DeliveryMinor = row.GetInt64(4),
        TaxMinor = row.GetInt64(5),
        DiscountMinor = row.GetInt64(6),
        CommissionMinor = row.GetInt64(7),
        TotalMinor = row.GetInt64(8),
        CommissionRuleId = Id(row, 9),
        CommissionPercent = row.GetDecimal(10),
        Refunded = new LineShares(
            Total: row.GetInt64(11), Goods: row.GetInt64(12), Delivery: row.GetInt64(13), Tax: row.GetInt64(14), Discount: row.GetInt64(15),
            Commission: row.GetInt64(16)),
    };

    private static Refund ReadRefund(NpgsqlDataReader row) => new()
    {
        OrderId = row.GetGuid(0),
        Id = row.GetGuid(1),
        CompanyId = Id(row, 2),
        Currency = row.GetString(3),
        AmountMinor = row.GetInt64(4),
        DoneMinor = row.GetInt64(5),
        Status = Words.Read<RefundStatus>(row.GetString(6)),
        Reason = row.GetString(7),
        AccountId = Id(row, 8),
    };

    private static Payment ReadPayment(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        OrderId = row.GetGuid(1),
        AccountId = Id(row, 2),
        Method = row.GetString(3),
        Token = Text(row, 4),
        Gateway = row.GetString(5),
        GatewayRef = Text(row, 6),
        Currency = row.GetString(7),
        AmountMinor = row.GetInt64(8),
        CapturedMinor = row.GetInt64(9),
        RefundsMinor = row.GetInt64(10),
        RefundedMinor = row.GetInt64(11),
        Status = Words.Read<PaymentStatus>(row.GetString(12)),
        Unwanted = row.GetBoolean(13),
        Action = Text(row, 14),
        ActionUrl = Text(row, 15),
        ExpiresAt = Time(row, 16),
        Code = Text(row, 17),
        Detail = Text(row, 18),
    };

    private static void Each(NpgsqlDataReader reader, Action<NpgsqlDataReader> read)
    {
        while (reader.Read())
            read(reader);
    }

    private static Guid? Id(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
