using Souk.Contracts.Payments;
using Souk.Payments.Domain;

namespace Souk.Payments;

/// <summary>
/// What payouts take of sellers' earnings, and give back. Hand-written SQL: rows are locked, so that nobody takes them twice.
/// </summary>
internal static class PayoutWrites
{
    // A seller with more is paid the rest next time. Those that were paid before come first: they may owe something.
    private const int EarningsMax = 50_000;

    /// <summary>
    /// Locks what the next payout of a seller has to look at and answers what is due of each order. Only what was delivered
    /// and is held back no longer.
    /// </summary>
    public static async Task<List<PayoutItem>> LockDue(
        this PaymentsDb db, Guid companyId, string currency, CancellationToken ct)
    {
        var paid = await db.Query("""
            select order_id, paid_goods_minor, paid_delivery_minor from earnings
             where company_id = $1 and currency = $2 and open and releases_at <= now()
             order by paid_goods_minor = 0 and paid_delivery_minor = 0, order_id limit $3 for update
            """,
            row => (OrderId: row.GetGuid(0), Goods: row.GetInt64(1), Delivery: row.GetInt64(2)),
            ct, companyId, currency, EarningsMax);
        // In a statement of its own: it sees what those committed that held the locks before.
        var worth = (await db.Query($"""
            select l.order_id, {Worth} from order_lines l join order_money m using (order_id)
             where l.company_id = $1 and l.order_id = any($2) and m.sold group by l.order_id
            """,
            row => (row.GetGuid(0), (Goods: row.GetInt64(1), Delivery: row.GetInt64(2))),
            ct, companyId, paid.Select(e => e.OrderId).ToArray())).ToDictionary();
        return paid.ConvertAll(e =>
        {
            var (goods, delivery) = worth.GetValueOrDefault(e.OrderId);
            return new Earning(e.OrderId, goods, delivery, e.Goods, e.Delivery).Due;
        });
    }

    /// <summary>What lines (<c>l</c>) bring their seller, less what went back: goods less commission, and delivery.</summary>
    public const string Worth = """
        sum(l.goods_minor - l.commission_minor - l.refunded_goods_minor + l.refunded_commission_minor)::bigint,
        sum(l.delivery_minor - l.refunded_delivery_minor)::bigint
        """;

    /// <summary>Adds a payout of what was locked.</summary>
    public static void Take(this PaymentsDb db, Payout payout, IReadOnlyList<PayoutItem> due)
    {
        db.Payouts.Add(payout);
        db.Run("""
            update earnings e
               set open = false, paid_goods_minor = paid_goods_minor + u.goods,
               paid_delivery_minor = paid_delivery_minor + u.delivery
              from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as u(order_id, goods, delivery)
             where e.order_id = u.order_id and e.company_id = $1
            """,
            payout.CompanyId, OrderWrites.Of(due, i => i.OrderId), OrderWrites.Of(due, i => i.GoodsMinor),
            OrderWrites.Of(due, i => i.DeliveryMinor));
        PayoutItem[] items = [.. due.Where(item => !item.IsNothing)];
        db.Run("""
            insert into payout_items (payout_id, order_id, goods_minor, delivery_minor)
            select $1, * from unnest($2::uuid[], $3::bigint[], $4::bigint[])
            """,
            payout.Id, OrderWrites.Of(items, i => i.OrderId), OrderWrites.Of(items, i => i.GoodsMinor),
            OrderWrites.Of(items, i => i.DeliveryMinor));
        db.Post((Journal.Payout(payout), payout.Currency));
    }

    /// <summary>Payouts left the marketplace's account, under this name at the bank.</summary>
    public static void Send(
        this PaymentsDb db, IReadOnlyCollection<Payout> payouts, string? reference, DateTimeOffset now)
    {
        db.Post([.. payouts.Select(payout => (payout.Send(reference, now), payout.Currency))]);
        foreach (var payout in payouts)
            db.Publish(new PayoutSent(payout.Id, payout.CompanyId, payout.Currency, payout.AmountMinor));
    }

    /// <summary>A payout came to nothing: what it took is due again.</summary>
    public static void GiveBack(this PaymentsDb db, Payout payout, Journal undone)
    {
        db.Run("""
            with parts as (select e.order_id from earnings e join payout_items i using (order_id)
                            where i.payout_id = $1 and e.company_id = $2 order by e.order_id for update of e)
            update earnings e
               set open = true, paid_goods_minor = paid_goods_minor - i.goods_minor,
               paid_delivery_minor = paid_delivery_minor - i.delivery_minor
              from payout_items i join parts using (order_id)
             where i.payout_id = $1 and e.order_id = i.order_id and e.company_id = $2
            """,
            payout.Id, payout.CompanyId);
        db.Post((undone, payout.Currency));
    }
}
