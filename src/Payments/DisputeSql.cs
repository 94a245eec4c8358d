using Npgsql;
using Souk.Payments.Domain;

namespace Souk.Payments;

/// <summary>Reads and writes the disputes of orders; nothing here is asked for before a gateway speaks of one.</summary>
internal static class DisputeSql
{
    /// <summary>Reads the disputes of orders that were opened before, with what they hold.</summary>
    public static async Task OpenDisputes(
        this PaymentsDb db, IReadOnlyDictionary<Guid, OrderMoney> orders, Guid[] disputed, CancellationToken ct)
    {
        var held = new List<(Guid DisputeId, HeldLine Line)>();
        db.Ask("""
            select l.dispute_id, l.line_id, l.company_id, l.total_minor, l.goods_minor, l.delivery_minor, l.tax_minor,
                   l.discount_minor, l.commission_minor
              from dispute_lines l join disputes d on d.id = l.dispute_id
             where d.order_id = any($1) and d.status = 'open' order by l.dispute_id, l.line_id
            """,
            reader =>
            {
                while (reader.Read())
                    held.Add((reader.GetGuid(0), ReadLine(reader)));
            },
            disputed);
        var disputes = await db.Query("""
            select id, payment_id, order_id, gateway, gateway_ref, amount_minor, held_minor, reason, respond_by, status
              from disputes where order_id = any($1)
            """, Read, ct, disputed);
        foreach (var dispute in disputes)
        {
            dispute.Lines.AddRange(held.Where(h => h.DisputeId == dispute.Id).Select(h => h.Line));
            orders[dispute.OrderId].Disputes.Add(dispute);
        }
    }

    /// <summary>Writes disputes that are new, or changed. Sent with the commit.</summary>
    public static void WriteDisputes(this PaymentsDb db, (Dispute Dispute, string Currency)[] disputes)
    {
        if (disputes.Length == 0)
            return;
        foreach (var (dispute, currency) in disputes)
            db.Run("""
                insert into disputes as d (id, gateway, gateway_ref, payment_id, order_id, currency, amount_minor,
                                           held_minor, status, reason, respond_by, closed_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::timestamptz,
                        case when $9 <> 'open' then now() end)
                on conflict (id) do update
                   set status = excluded.status, respond_by = excluded.respond_by,
                   closed_at = coalesce(d.closed_at, excluded.closed_at)
                """,
                dispute.Id, dispute.Gateway, dispute.GatewayRef, dispute.PaymentId, dispute.OrderId, currency,
                dispute.AmountMinor, dispute.HeldMinor, Words.Of(dispute.Status), dispute.Reason,
                dispute.RespondBy?.ToUniversalTime());
        (Guid DisputeId, HeldLine Line)[] lines =
            [.. disputes.SelectMany(d => d.Dispute.Lines.Select(line => (d.Dispute.Id, line)))];
        if (lines.Length > 0)
            db.Run("""
                insert into dispute_lines (dispute_id, line_id, company_id, total_minor, goods_minor, delivery_minor,
                                           tax_minor, discount_minor, commission_minor)
                select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[],
                                     $7::bigint[], $8::bigint[], $9::bigint[])
                on conflict do nothing
                """,
                OrderWrites.Of(lines, l => l.DisputeId), OrderWrites.Of(lines, l => l.Line.LineId),
                OrderWrites.Of(lines, l => l.Line.CompanyId), OrderWrites.Of(lines, l => l.Line.Shares.Total),
                OrderWrites.Of(lines, l => l.Line.Shares.Goods), OrderWrites.Of(lines, l => l.Line.Shares.Delivery),
                OrderWrites.Of(lines, l => l.Line.Shares.Tax), OrderWrites.Of(lines, l => l.Line.Shares.Discount),
                OrderWrites.Of(lines, l => l.Line.Shares.Commission));
    }

    private static Dispute Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        PaymentId = row.GetGuid(1),
        OrderId = row.GetGuid(2),
        Gateway = row.GetString(3),
        GatewayRef = row.GetString(4),
        AmountMinor = row.GetInt64(5),
        HeldMinor = row.GetInt64(6),
        Reason = row.GetString(7),
        RespondBy = row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
        Status = Words.Read<DisputeStatus>(row.GetString(9)),
    };

    private static HeldLine ReadLine(NpgsqlDataReader row) => new(row.GetGuid(1), row.GetGuid(2), new LineShares(
        Total: row.GetInt64(3), Goods: row.GetInt64(4), Delivery: row.GetInt64(5), Tax: row.GetInt64(6),
        Discount: row.GetInt64(7),
        Commission: row.GetInt64(8)));
}
