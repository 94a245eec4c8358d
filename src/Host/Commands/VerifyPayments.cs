namespace Souk.Host.Commands;

/// <summary>The checks of <c>souk verify</c> on what sellers are paid.</summary>
internal static class VerifyPayments
{
    private const string Takes = """
        with taken as (
            select p.company_id, i.order_id, sum(i.goods_minor) goods, sum(i.delivery_minor) delivery
              from payouts p join payout_items i on i.payout_id = p.id
             where p.status in ('requested', 'approved', 'sent') group by 1, 2)
        """;

    public static IReadOnlyList<VerifyCheck> All { get; } =
    [
        VerifyChecks.InOne("every payout is what it took of orders", "payments", "select count(*) from payouts", """
            select format('payout %s: %s for goods and %s for delivery, it took %s and %s', p.id, p.goods_minor,
                          p.delivery_minor, coalesce(i.goods, 0), coalesce(i.delivery, 0))
              from payouts p
              left join (select payout_id, sum(goods_minor) goods, sum(delivery_minor) delivery from payout_items
                          group by 1) i on i.payout_id = p.id
             where (p.goods_minor, p.delivery_minor) <> (coalesce(i.goods, 0), coalesce(i.delivery, 0))
            """),
        VerifyChecks.InOne("what is paid out of every order is what payouts took of it", "payments",
            "select count(*) from earnings", Takes + """
            select format('order %s of company %s: %s and %s are paid out, payouts took %s and %s', order_id, company_id,
                          coalesce(e.paid_goods_minor, 0), coalesce(e.paid_delivery_minor, 0),
                          coalesce(t.goods, 0), coalesce(t.delivery, 0))
              from earnings e full join taken t using (order_id, company_id)
             where coalesce(e.paid_goods_minor, 0) <> coalesce(t.goods, 0)
                or coalesce(e.paid_delivery_minor, 0) <> coalesce(t.delivery, 0)
            """),
        VerifyChecks.InOne("nothing is paid out beyond what is worth it, unless the next payout looks at it", "payments",
            "select count(*) from earnings where not open", """
            select format('order %s of company %s: worth %s, %s are paid out', e.order_id, e.company_id, w.worth,
                          e.paid_goods_minor + e.paid_delivery_minor)
              from earnings e, lateral (
                   select coalesce(sum(l.goods_minor - l.commission_minor + l.delivery_minor - l.refunded_goods_minor
                                       + l.refunded_commission_minor - l.refunded_delivery_minor), 0)
                     from order_lines l where (l.order_id, l.company_id) = (e.order_id, e.company_id)) as w(worth)
             where not e.open and w.worth <> e.paid_goods_minor + e.paid_delivery_minor
            """),
        VerifyChecks.InOne("what is set aside for payouts is theirs", "payments",
            "select count(*) from payouts where status in ('requested', 'approved')", """
            with aside as (
                select company_id, currency, -sum(amount_minor) minor from ledger_entries
                 where company_id is not null and account = 'payouts' group by 1, 2),
            under_way as (
                select company_id, currency, sum(goods_minor + delivery_minor) minor from payouts
                 where status in ('requested', 'approved') group by 1, 2)
            select format('company %s: the ledger sets %s %s aside, its payouts are %s', company_id,
                          coalesce(a.minor, 0), currency, coalesce(u.minor, 0))
              from aside a full join under_way u using (company_id, currency)
             where coalesce(a.minor, 0) <> coalesce(u.minor, 0)
            """),
        VerifyChecks.InOne("what open disputes hold stands in the ledger", "payments",
            "select count(*) from disputes where status = 'open'", """
            with booked as (
                select currency, -sum(amount_minor) minor from ledger_entries where account = 'disputes' group by 1),
            held as (
                select currency, sum(held_minor) minor from disputes where status = 'open' group by 1)
            select format('%s: the ledger holds %s, the disputes %s', currency, coalesce(b.minor, 0), coalesce(h.minor, 0))
              from booked b full join held h using (currency) where coalesce(b.minor, 0) <> coalesce(h.minor, 0)
            """),
        VerifyChecks.InOne("every dispute holds what it took of lines", "payments", "select count(*) from disputes", """
            select format('dispute %s holds %s, of lines %s', d.id, d.held_minor, coalesce(sum(l.total_minor), 0))
              from disputes d left join dispute_lines l on l.dispute_id = d.id
             group by d.id having d.held_minor <> coalesce(sum(l.total_minor), 0)
            """),
        VerifyChecks.InOne("what gateways settled without a reason stands in the ledger", "payments",
            "select count(*) from settlement_exceptions", """
            with booked as (
                select currency, -sum(amount_minor) minor from ledger_entries where account = 'unreconciled' group by 1),
            said as (
                select s.currency, sum(e.said_minor) minor
                  from settlement_exceptions e join settlements s on s.id = e.settlement_id where not e.booked group by 1)
            select format('%s: the ledger has %s, the exceptions %s', currency, coalesce(b.minor, 0), coalesce(s.minor, 0))
              from booked b full join said s using (currency) where coalesce(b.minor, 0) <> coalesce(s.minor, 0)
            """),
    ];
}
