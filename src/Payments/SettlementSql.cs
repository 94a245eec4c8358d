using Souk.Payments.Domain;

namespace Souk.Payments;

/// <summary>Reads what the ledger has of a settlement file, and writes what came of comparing them.</summary>
internal static class SettlementSql
{
    private const int MissingMax = 1_000;

    /// <summary>What the ledger has of each line, by its number.</summary>
    public static async Task<Dictionary<int, Booked>> Booked(
        this PaymentsDb db, string gateway, IReadOnlyList<SettlementLine> lines, CancellationToken ct)
    {
        const string find = """
            with said as (
                select * from unnest($2::int[], $3::text[], $4::uuid[], $5::text[])
                    as u(n, type, payment_id, reference)),
            known as (
                select s.n, s.type, s.reference, p.captured_minor as minor, p.currency
                  from said s join payments p on p.id = s.payment_id and p.id::text = s.reference
                 where s.type = 'capture' and p.gateway = $1 and p.captured_minor > 0
                union all
                select s.n, s.type, s.reference, e.amount_minor, e.currency
                  from said s join payments p on p.id = s.payment_id
                  join ledger_entries e on e.order_id = p.order_id and e.source_id::text = s.reference
                 where s.type = 'refund' and p.gateway = $1 and e.kind = 'refund_paid' and e.account = 'refunds'
                union all
                select s.n, s.type, s.reference, d.amount_minor, d.currency
                  from said s join disputes d on d.gateway = $1 and d.gateway_ref = s.reference
                 where s.type = 'dispute' and d.payment_id = s.payment_id and d.status = 'lost')
            select n, minor, currency, settlement_id is not null from known left join settled using (type, reference)
            """;
        var rows = await db.Query(
            find,
            row => (row.GetInt32(0), new Booked(row.GetInt64(1), row.GetString(2), row.GetBoolean(3))),
            ct, gateway,
            OrderWrites.Of(lines, l => l.Number), OrderWrites.Of(lines, l => Words.Of(l.Type)),
            OrderWrites.Of(lines, l => l.PaymentId), OrderWrites.Of(lines, l => l.Reference));
        return rows.ToDictionary();
    }

    /// <summary>
    /// Captures and refunds of the time that a file is about which neither it nor another one has. Ids of payments and refunds
    /// begin with their time, so this is a range of their keys.
    /// </summary>
    public static async Task FindMissing(
        this PaymentsDb db, string gateway, Settlement settlement, CancellationToken ct)
    {
        var rows = await db.Query($"""
            select 'capture', p.id, p.id::text, p.captured_minor from payments p
             where p.id between $2 and $3 and p.gateway = $1 and p.currency = $4 and p.captured_minor > 0
               and not exists (select 1 from settled s where s.type = 'capture' and s.reference = p.id::text)
               and not p.id::text = any($5)
            union all
            select 'refund', t.payment_id, e.source_id::text, e.amount_minor
              from refunds r
              join ledger_entries e on e.order_id = r.order_id and e.kind = 'refund_paid' and e.account = 'refunds'
              join lateral (select payment_id from payments p join transactions t on t.payment_id = p.id
                             where p.order_id = r.order_id and p.gateway = $1 and t.refund_id = r.id limit 1) t on true
             where r.id between $2 and $3 and r.currency = $4 and r.status = 'done'
               and not exists (select 1 from settled s where s.type = 'refund' and s.reference = e.source_id::text)
               and not e.source_id::text = any($5)
             limit {MissingMax}
            """,
            row => (Type: row.GetString(0), PaymentId: row.GetGuid(1), Reference: row.GetString(2),
                Minor: row.GetInt64(3)),
            ct, gateway, FirstIdOf(settlement.Lines.Min(l => l.At)), FirstIdOf(settlement.Lines.Max(l => l.At)),
            settlement.Currency, settlement.Lines.Select(l => l.Reference).ToArray());
        foreach (var row in rows.DistinctBy(r => (r.Type, r.Reference)))
            settlement.Miss(Words.Read<SettledType>(row.Type), row.PaymentId, row.Reference, row.Minor);
    }

    /// <summary>Writes a settlement: what agrees is settled, what was missing until now is found, the rest are exceptions.</summary>
    public static void Add(this PaymentsDb db, Settlement settlement, string gateway, byte[] hash, DateTimeOffset now)
    {
        db.Run("""
            insert into settlements (id, gateway, hash, currency, lines, matched, gross_minor, fees_minor, from_at,
                                     to_at, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            settlement.Id, gateway, hash, settlement.Currency, settlement.Lines.Count, settlement.Matched.Count,
            settlement.GrossMinor, settlement.FeesMinor, settlement.Lines.Min(l => l.At),
            settlement.Lines.Max(l => l.At), now);
        var matched = settlement.Matched;
        db.Run("""
            with settles as (
                insert into settled (type, reference, settlement_id)
                select *, $3 from unnest($1::text[], $2::text[]) returning type, reference)
            update settlement_exceptions e set status = 'resolved', resolved_at = now(), note = 'A later file has it.'
              from settles s
             where (e.type, e.reference) = (s.type, s.reference) and e.status = 'open' and e.reason = 'missing'
            """,
            OrderWrites.Of(matched, l => Words.Of(l.Type)), OrderWrites.Of(matched, l => l.Reference), settlement.Id);
        var wrong = settlement.Exceptions;
        db.Run("""
            insert into settlement_exceptions (id, settlement_id, line, type, payment_id, reference, reason,
                                               said_minor, expected_minor)
            select id, $9, line, type, payment_id, reference, reason, said, expected
              from unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::bigint[],
                          $8::bigint[]) as u(id, line, type, payment_id, reference, reason, said, expected)
            """,
            OrderWrites.Of(wrong, e => e.Id), OrderWrites.Of(wrong, e => e.Line),
            OrderWrites.Of(wrong, e => Words.Of(e.Type)),
            OrderWrites.Of(wrong, e => e.PaymentId), OrderWrites.Of(wrong, e => e.Reference),
            OrderWrites.Of(wrong, e => Words.Of(e.Reason)), OrderWrites.Of(wrong, e => e.SaidMinor),
            OrderWrites.Of(wrong, e => e.ExpectedMinor), settlement.Id);
        db.Post((Journal.Settlement(settlement), settlement.Currency));
    }

    private static Guid FirstIdOf(DateTimeOffset time) =>
        new($"{time.ToUnixTimeMilliseconds():x12}00000000000000000000");
}
