using Souk.Platform.Db;

namespace Souk.Host.Commands;

/// <summary>
/// The checks of <c>souk verify</c> of what became of pieces after the sale: taken off, shipped, returned, refunded.
/// </summary>
internal static class VerifyPieces
{
    private const string Pieces = """
        moves as (
            select order_id, line_id, coalesce(sum(quantity) filter (where kind = 'taken_off'), 0) as taken_off,
                   coalesce(sum(quantity) filter (where kind = 'shipped'), 0) as shipped,
                   coalesce(sum(quantity) filter (where kind = 'returned'), 0) as returned, sum(refunded) as refunded,
                   sum(refund_minor) as refund
              from piece_moves group by 1, 2)
        """;

    public static IReadOnlyList<VerifyCheck> All { get; } =
    [
        VerifyChecks.InOne(
            "of no line more left, came back or was refunded than was bought", "orders",
            "select count(*) from piece_moves", $"""
            with {Pieces}
            select format(
                'line %s of order %s: %s bought for %s; %s taken off, %s shipped, %s returned, %s refunded with %s',
                          l.id, l.order_id, l.quantity, l.total_minor, taken_off, shipped, returned, refunded, refund)
              from moves m join order_lines l on l.order_id = m.order_id and l.id = m.line_id
             where taken_off + shipped > l.quantity or returned > l.quantity - taken_off
                or refunded > taken_off + returned or refund > l.total_minor
            """),
        VerifyChecks.InOne(
            "parts stand where their pieces are", "orders", "select count(*) from order_parts", $"""
            with {Pieces}, parts as (
                select l.order_id, l.part_id, sum(l.quantity - coalesce(taken_off, 0)) as stays,
                       coalesce(sum(shipped), 0) as shipped, coalesce(sum(returned), 0) as returned
                  from order_lines l left join moves m on m.order_id = l.order_id and m.line_id = l.id group by 1, 2)
            select format(
                'part %s of order %s is %s: of %s pieces that stay %s were shipped and %s returned', p.id, p.order_id,
                          p.status, stays, shipped, returned)
              from order_parts p join parts on parts.order_id = p.order_id and parts.part_id = p.id
             where (p.status = 'confirmed' and stays <= shipped) or (p.status = 'returned' and returned <> stays)
                or (p.status = 'partly_returned' and (returned = 0 or returned >= stays))
            """),
        new("goods that came back are refunded, with no more than was granted", ["orders", "payments"],
            ReturnsAreRefunded),
        new("what is reserved for an order is what it still has to ship", ["orders", "inventory"], ReservedIsOpen),
    ];

    // Payments is read later: what it says then is at least what Orders knew.
    private static async Task<(long, IReadOnlyList<string>)> ReturnsAreRefunded(
        IReadOnlyDictionary<string, Service> services, CancellationToken ct)
    {
        var granted = await Verify.Rows(services["orders"], """
            select refund_id, order_id, refund_minor, status = 'received' and received_at < now() - interval '1 minute'
              from returns where refund_id is not null
            union all
            select cause_id, order_id, sum(refund_minor)::bigint, false from piece_moves
             where kind = 'taken_off' group by 1, 2
            """, row => (Id: row.GetGuid(0), Order: row.GetGuid(1), Granted: row.GetInt64(2), Late: row.GetBoolean(3)), ct);
        var refunds = (await Verify.Rows(services["payments"], "select id, amount_minor from refunds",
            row => (row.GetGuid(0), row.GetInt64(1)), ct)).ToDictionary();
        var wrong = new List<string>();
        foreach (var refund in granted)
            if (!refunds.TryGetValue(refund.Id, out var amount))
            {
                if (refund.Late)
                    wrong.Add(
                        $"goods of order {refund.Order} came back, but {refund.Granted} by refund {refund.Id} did not");
            }
            else if (amount > refund.Granted)
                wrong.Add($"refund {refund.Id} of order {refund.Order} is {amount}, granted was {refund.Granted}");
        return (granted.Count, wrong);
    }

    // Of orders whose pieces went several ways; of all others the reservation goes as a whole, and other checks see it.
    private static async Task<(long, IReadOnlyList<string>)> ReservedIsOpen(
        IReadOnlyDictionary<string, Service> services, CancellationToken ct)
    {
        var open = await Verify.Rows(services["orders"], $"""
            with {Pieces}
            select l.order_id, l.id,
                   case when p.status = 'confirmed' then l.quantity - coalesce(
                       taken_off, 0) - coalesce(shipped, 0) else 0 end
              from order_lines l
              join order_parts p on p.order_id = l.order_id and p.id = l.part_id
              join orders o on o.id = l.order_id and o.updated_at < now() - interval '1 minute'
              left join moves m on m.order_id = l.order_id and m.line_id = l.id
             where l.order_id in (select order_id from piece_moves)
            """, row => (Order: row.GetGuid(0), Line: row.GetGuid(1), Open: row.GetInt64(2)), ct);
        var reserved = (await Verify.Rows(services["inventory"],
            "select order_id, line_id, sum(quantity)::bigint from reservations group by 1, 2",
            row => ((row.GetGuid(0), row.GetGuid(1)), row.GetInt64(2)), ct)).ToDictionary();
        return (open.Count, [.. open
            .Select(line => (
                line.Order, line.Line, line.Open, Reserved: reserved.GetValueOrDefault((line.Order, line.Line))))
            .Where(line => line.Open != line.Reserved)
            .Select(line =>
                $"line {line.Line} of order {line.Order} has {line.Open} to ship, but {line.Reserved} are reserved")]);
    }
}
