using Souk.Platform.Db;

namespace Souk.Host.Commands;

/// <summary>The checks of <c>souk verify</c>. What happened within the last minute may still be under way and is left out where it matters.</summary>
internal static class VerifyChecks
{
    public static IReadOnlyList<VerifyCheck> All { get; } =
    [
        InOne("stock is the sum of its movements", "inventory", "select count(*) from stock", """
            with folded as (select offer_id, warehouse_id, sum(on_hand_change) on_hand, sum(reserved_change) reserved from movements group by 1, 2)
            select format('offer %s in warehouse %s: on hand %s, reserved %s, but its movements sum to %s and %s', offer_id, warehouse_id,
                          coalesce(s.on_hand, 0), coalesce(s.reserved + s.backordered, 0), coalesce(f.on_hand, 0),
                          coalesce(f.reserved, 0))
              from stock s full join folded f using (offer_id, warehouse_id)
             where coalesce(s.on_hand, 0) <> coalesce(f.on_hand, 0)
               or coalesce(s.reserved + s.backordered, 0) <> coalesce(f.reserved, 0)
            """),
        InOne("what is reserved is the sum of the reservations, and on hand", "inventory", "select count(*) from stock", """
            with held as (select offer_id, warehouse_id, sum(quantity) quantity from reservations group by 1, 2)
            select format('offer %s in warehouse %s: %s reserved of %s on hand, its reservations are %s', offer_id, warehouse_id,
                          coalesce(s.reserved + s.backordered, 0), coalesce(s.on_hand, 0), coalesce(h.quantity, 0))
              from stock s full join held h using (offer_id, warehouse_id)
             where coalesce(s.reserved + s.backordered, 0) <> coalesce(h.quantity, 0)
               or coalesce(s.reserved, 0) > coalesce(s.on_hand, 0) or coalesce(s.on_hand, 0) < 0
            """),
        new("no stock is reserved for an order that ended", ["orders", "inventory"], ReservedForEnded),
        new("what was captured of every order is its total", ["orders", "payments"], CapturedIsTotal),
        new("orders show what was captured and what was refunded", ["orders", "payments"], OrdersShowTheMoney),
        InOne("parts add up to their order, lines to their part", "orders", "select count(*) from orders", """
            select format('order %s: its total is %s, its parts are %s, their lines %s', o.id, o.total_minor, p.total, l.total)
              from orders o
              left join (select order_id, sum(total_minor) total from order_parts group by 1) p on p.order_id = o.id
              left join (select order_id, sum(total_minor) total from order_lines group by 1) l on l.order_id = o.id
             where p.total is distinct from o.total_minor or l.total is distinct from o.total_minor
            """),
        .. VerifyPieces.All,
        InOne("refunds are not more than captures", "payments", "select count(*) from payments", """
            select format('order %s: %s captured, %s refunded', order_id, sum(captured_minor), sum(refunded_minor)) from payments
             group by order_id having sum(refunded_minor) > sum(captured_minor) or bool_or(refunded_minor > captured_minor)
            """),
        InOne("an order's captures and refunds are those of its payments", "payments", "select count(*) from order_money", """
            select format('order %s: %s captured and %s refunded, its payments say %s and %s', m.order_id, m.captured_minor, m.refunded_minor, p.captured, p.refunded)
              from order_money m left join (select order_id, sum(captured_minor) captured, sum(refunded_minor) refunded from payments group by 1) p using (order_id)
             where m.captured_minor <> coalesce(p.captured, 0) or m.refunded_minor <> coalesce(p.refunded, 0)
            """),
        InOne("the built-in gateway's books are the payments", "payments", "select count(*) from gateway_simulator.charges", """
            select format('payment %s: the gateway has %s captured and %s refunded, we have %s and %s', c.key, c.captured_minor, c.refunded_minor,
                          coalesce(p.captured_minor, 0), coalesce(p.refunded_minor, 0))
              from gateway_simulator.charges c left join payments p on p.id = c.key
             where (c.captured_minor <> coalesce(p.captured_minor, 0) or c.refunded_minor <> coalesce(p.refunded_minor, 0))
               and not exists (select 1 from operations o where o.payment_id = c.key)
            """),
        InOne("the ledger sums to zero in every currency", "payments", "select count(*) from ledger_entries", """
            select format('%s: %s too much', currency, sum(amount_minor)) from ledger_entries group by currency having sum(amount_minor) <> 0
            """),
        InOne("every journal of the ledger balances", "payments", "select count(distinct (order_id, kind, source_id)) from ledger_entries", """
            select format('order %s, %s %s: %s %s', order_id, kind, source_id, sum(amount_minor), currency) from ledger_entries
             group by order_id, kind, source_id, currency having sum(amount_minor) <> 0
            """),
        InOne("what is owed to each seller is what their sales, refunds and payouts say", "payments",
            "select count(distinct (company_id, currency)) from ledger_entries where company_id is not null", """
            with folded as (
                select company_id, currency, -sum(amount_minor) owed from ledger_entries where company_id is not null group by 1, 2),
            sold as (
                select l.company_id, m.currency,
                       sum(l.goods_minor - l.commission_minor + l.delivery_minor
                           - l.refunded_goods_minor + l.refunded_commission_minor - l.refunded_delivery_minor) owed
                  from order_lines l join order_money m using (order_id) where m.sold group by 1, 2),
            paid as (
                select company_id, currency, sum(goods_minor + delivery_minor) sent from payouts where status = 'sent'
                 group by 1, 2)
            select format('company %s: the ledger owes it %s %s, its orders %s', company_id, coalesce(f.owed, 0), currency,
                          coalesce(s.owed, 0) - coalesce(p.sent, 0))
              from folded f full join sold s using (company_id, currency) full join paid p using (company_id, currency)
             where coalesce(f.owed, 0) <> coalesce(s.owed, 0) - coalesce(p.sent, 0)
            """),
        .. VerifyPayments.All,
        InOne("no order waits past its deadline", "orders", "select count(*) from orders where deadline is not null", """
            select format('order %s has been %s since %s; it was due at %s', id, status, updated_at, deadline) from orders where deadline < now() - interval '1 minute'
            """),
        InEach("no event waits in an outbox for over a minute", "select count(*) from outbox", """
            select format('%s %s since %s', type, id, at) from outbox where at < now() - interval '1 minute' order by seq limit 100
            """),
        InEach("no event is dead", "select count(*) from parked", """
            select format('%s %s of %s: %s', type, id, topic, split_part(reason, chr(10), 1)) from parked where dead order by topic, pos limit 100
            """),
        InEach("no event waits behind another for over a minute", "select count(*) from parked", """
            select format('%s %s of %s: %s', type, id, topic, split_part(reason, chr(10), 1)) from parked
             where not dead and first_failed_at < now() - interval '1 minute' order by topic, pos limit 100
            """),
    ];

    internal static VerifyCheck InOne(string says, string service, string count, string wrong) =>
        new(says, [service], (services, ct) => Ask(services[service], count, wrong, ct));

    private static VerifyCheck InEach(string says, string count, string wrong) => new(says, [], async (services, ct) =>
    {
        var (looked, all) = (0L, new List<string>());
        foreach (var service in services.Values)
        {
            var (some, findings) = await Ask(service, count, wrong, ct);
            looked += some;
            all.AddRange(findings.Select(finding => $"{service.Name}: {finding}"));
        }
        return (looked, all);
    });

    private static async Task<(long, IReadOnlyList<string>)> Ask(Service service, string count, string wrong, CancellationToken ct) =>
        ((await Verify.Rows(service, count, row => row.GetInt64(0), ct))[0], await Verify.Rows(service, wrong, row => row.GetString(0), ct));

    // A confirmed order's payments are captured for its whole total; a cancelled one keeps nothing. What parts of it were
    // cancelled or returned is refunded, not captured less.
    private static async Task<(long, IReadOnlyList<string>)> CapturedIsTotal(IReadOnlyDictionary<string, Service> services, CancellationToken ct)
    {
        var orders = await Verify.Rows(services["orders"], """
            select id, status, total_minor from orders
             where updated_at < now() - interval '1 minute' and status not in ('pending', 'awaiting_payment', 'capture_failed')
            """, row => (Id: row.GetGuid(0), Status: row.GetString(1), Total: row.GetInt64(2)), ct);
        var money = (await Verify.Rows(services["payments"], "select order_id, sum(captured_minor)::bigint, sum(refunded_minor)::bigint from payments group by 1",
            row => (Id: row.GetGuid(0), Captured: row.GetInt64(1), Refunded: row.GetInt64(2)), ct)).ToDictionary(row => row.Id);
        var wrong = new List<string>();
        foreach (var order in orders)
        {
            var (_, captured, refunded) = money.GetValueOrDefault(order.Id);
            if (order.Status == "cancelled")
            {
                if (captured != refunded)
                    wrong.Add($"order {order.Id} is cancelled, but of {captured} captured only {refunded} went back");
            }
            else if (captured != order.Total)
                wrong.Add($"order {order.Id} is {order.Status} with a total of {order.Total}, but {captured} was captured");
        }
        return (orders.Count, wrong);
    }

    // Orders hears of money by events, of a refund when all of it is through. It is read first: what moves meanwhile or is
    // on its way moved in the last minute.
    private static async Task<(long, IReadOnlyList<string>)> OrdersShowTheMoney(
        IReadOnlyDictionary<string, Service> services, CancellationToken ct)
    {
        var shown = await Verify.Rows(services["orders"], "select id, captured_minor, refunded_minor from orders",
            row => (Id: row.GetGuid(0), Captured: row.GetInt64(1), Refunded: row.GetInt64(2)), ct);
        var money = (await Verify.Rows(services["payments"], """
            select order_id, captured_minor, refunded_minor,
                   order_id in (select order_id from transactions where at > now() - interval '1 minute'
                                union all select order_id from operations)
              from order_money
            """,
            row => (row.GetGuid(0), (Captured: row.GetInt64(1), Refunded: row.GetInt64(2), Moves: row.GetBoolean(3))), ct))
            .ToDictionary();
        var wrong = new List<string>();
        foreach (var order in shown)
        {
            var (captured, refunded, moves) = money.GetValueOrDefault(order.Id);
            if (!moves && (captured, refunded) != (order.Captured, order.Refunded))
                wrong.Add($"order {order.Id} shows {order.Captured} captured and {order.Refunded} refunded, "
                    + $"payments has {captured} and {refunded}");
        }
        return (shown.Count, wrong);
    }

    private static async Task<(long, IReadOnlyList<string>)> ReservedForEnded(IReadOnlyDictionary<string, Service> services, CancellationToken ct)
    {
        var reserved = await Verify.Rows(services["inventory"], "select order_id, sum(quantity)::bigint from reservations group by 1",
            row => (Id: row.GetGuid(0), Quantity: row.GetInt64(1)), ct);
        var ended = (await Verify.Rows(services["orders"], """
            select id, status from orders
             where status in ('cancelled', 'shipped', 'delivered', 'partly_returned', 'returned') and updated_at < now(
                 ) - interval '1 minute'
            """, row => (Id: row.GetGuid(0), Status: row.GetString(1)), ct)).ToDictionary(row => row.Id, row => row.Status);
        return (reserved.Count, [.. reserved.Where(row => ended.ContainsKey(row.Id))
            .Select(row => $"order {row.Id} is {ended[row.Id]}, but {row.Quantity} pieces are reserved for it")]);
    }
}
