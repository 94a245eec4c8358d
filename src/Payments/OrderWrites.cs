using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Platform.Db;

namespace Souk.Payments;

/// <summary>
/// Writes the money of many orders at once: what was opened and decided, and what is new. Hand-written SQL, sent with the commit.
/// </summary>
internal static class OrderWrites
{
    /// <summary>Writes what was decided. Sent with the commit.</summary>
    /// <param name="db">In a write.</param>
    /// <param name="orders">Opened before.</param>
    /// <param name="desk">
    /// Begins what is due at once, after a commit that must be durable; without it the worker finds it.
    /// </param>
    public static void Close(this PaymentsDb db, IEnumerable<OrderMoney> orders, GatewayDesk? desk = null)
    {
        OrderMoney[] all = [.. orders];
        if (all.Length == 0)
            return;
        var changes = Array.ConvertAll(all, order => order.Changes);
        db.Run("""
            update order_money o
               set state = u.state, waiting_until = u.waiting_until, captured_minor = u.captured, refunds_minor = u.refunds,
                   refunded_minor = u.refunded, sold = u.sold
              from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::boolean[])
                   as u(id, state, waiting_until, captured, refunds, refunded, sold)
             where o.order_id = u.id
            """,
            Of(all, o => o.OrderId), Of(all, o => Words.Of(o.State)), Of(all, o => o.WaitingUntil), Of(all, o => o.CapturedMinor),
            Of(all, o => o.RefundsMinor), Of(all, o => o.RefundedMinor), Of(all, o => o.Sold));
        db.InsertPayments([.. changes.SelectMany(c => c.NewPayments)]);
        UpdatePayments(db, [.. changes.SelectMany(c => c.Payments.Except(c.NewPayments))]);
        WriteRefunds(db, [.. changes.SelectMany(c => c.Refunds)]);
        UpdateLines(db, all);
        db.WriteReviews(changes);
        db.WriteDisputes([.. all.SelectMany(o => o.Changes.Disputes.Select(dispute => (dispute, o.Currency)))]);
        WriteOperations(db, all, desk);
        InsertTransactions(db, [.. changes.SelectMany(c => c.Transactions)]);
        db.Post([.. all.SelectMany(o => o.Changes.Journals.Select(journal => (journal, o.Currency)))]);
        foreach (var e in changes.SelectMany(c => c.Events))
            db.Publish(e);
    }

    /// <summary>Adds orders that are new; one that is known stays as it is.</summary>
    public static void InsertOrders(this PaymentsDb db, OrderMoney[] orders) => db.Run("""
        insert into order_money (order_id, account_id, currency, total_minor, return_url, state)
        select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[]) on conflict do nothing
        """,
        Of(orders, o => o.OrderId), Pg.Uuids(Of(orders, o => o.AccountId)), Of(orders, o => o.Currency), Of(orders, o => o.TotalMinor),
        Pg.Texts(Of(orders, o => o.ReturnUrl)), Of(orders, o => Words.Of(o.State)));

    /// <summary>Adds payments with their first operation left to the caller.</summary>
    public static void InsertPayments(this PaymentsDb db, Payment[] payments)
    {
        if (payments.Length == 0)
            return;
        db.Run("""
            insert into payments (id, order_id, account_id, method, token, gateway, currency, amount_minor, status)
            select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[])
            on conflict do nothing
            """,
            Of(payments, p => p.Id), Of(payments, p => p.OrderId), Pg.Uuids(Of(payments, p => p.AccountId)), Of(payments, p => p.Method),
            Pg.Texts(Of(payments, p => p.Token)), Of(payments, p => p.Gateway), Of(payments, p => p.Currency), Of(payments, p => p.AmountMinor),
            Of(payments, p => Words.Of(p.Status)));
    }

    /// <summary>
    /// Adds work for the gateways. What is already there for the payment is only hastened. With a desk that has room, what is
    /// due now is leased to this process in the same statement and begun after the commit: nobody has to look for it.
    /// </summary>
    public static void InsertOperations(
        this PaymentsDb db, (Operation Operation, Payment Payment, string? ReturnUrl)[] operations, GatewayDesk? desk)
    {
        if (operations.Length == 0)
            return;
        operations = Array.ConvertAll(
            operations, o => o with { Operation = o.Operation with { Trace = db.TraceOf(o.Operation.OrderId) } });
        var dueNow = operations.Where(o => o.Operation.After == TimeSpan.Zero).ToArray();
        var own = dueNow.Take(desk?.Room ?? 0).ToDictionary(o => o.Operation.Id);
        var added = new List<Guid>(operations.Length);
        db.Ask("""
            insert into operations (id, kind, payment_id, order_id, refund_id, amount_minor, next_at, attempts, trace)
            select id, kind, payment_id, order_id, refund_id, amount, now() + after, attempts, trace
              from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::interval[],
                          $8::int[], $9::text[])
                   as u(id, kind, payment_id, order_id, refund_id, amount, after, attempts, trace)
            on conflict (payment_id, kind) where kind <> 'refund'
               do update set attempts = 0, next_at = least(
                   operations.next_at, case when excluded.attempts = 0 then excluded.next_at else now() end)
            returning id
            """,
            reader =>
            {
                while (reader.Read())
                    added.Add(reader.GetGuid(0));
            },
            Of(operations, o => o.Operation.Id), Of(operations, o => Words.Of(o.Operation.Kind)),
            Of(operations, o => o.Operation.PaymentId), Of(operations, o => o.Operation.OrderId), Pg.Uuids(Of(operations, o => o.Operation.RefundId)),
            Of(operations, o => o.Operation.AmountMinor),
            Of(operations, o => own.ContainsKey(o.Operation.Id) ? desk!.Lease : o.Operation.After),
            Of(operations, o => own.ContainsKey(o.Operation.Id) ? 1 : 0),
            Pg.Texts(Of(operations, o => o.Operation.Trace)));
        if (desk is null)
            return;
        db.AfterCommit(() =>
        {
            // One that was there before answered with another id, and is the worker's.
            Guid[] begun = [.. added.Where(own.ContainsKey)];
            foreach (var (operation, payment, returnUrl) in begun.Select(id => own[id]))
                desk.Begin(operation with { Attempts = 1 }, payment.Gateway, payment.AtGateway(returnUrl));
            if (begun.Length < dueNow.Length)
                desk.Look();
        });
    }

    /// <summary>Adds the lines of orders that are new.</summary>
    public static void InsertLines(this PaymentsDb db, IReadOnlyList<(Guid OrderId, SoldLine Line)> lines) => db.Run("""
        insert into order_lines (order_id, line_id, company_id, goods_minor, delivery_minor, tax_minor, discount_minor, commission_minor,
                                 total_minor, commission_rule_id, commission_percent)
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
                             $9::bigint[], $10::uuid[], $11::numeric[])
        on conflict do nothing
        """,
        Of(lines, l => l.OrderId), Of(lines, l => l.Line.LineId), Of(lines, l => l.Line.CompanyId), Of(lines, l => l.Line.GoodsMinor),
        Of(lines, l => l.Line.DeliveryMinor), Of(lines, l => l.Line.TaxMinor), Of(lines, l => l.Line.DiscountMinor),
        Of(lines, l => l.Line.CommissionMinor), Of(lines, l => l.Line.TotalMinor), Pg.Uuids(Of(lines, l => l.Line.CommissionRuleId)),
        Of(lines, l => l.Line.CommissionPercent));

    /// <summary>Writes journals into the ledger, each with its currency.</summary>
    public static void Post(this PaymentsDb db, params IReadOnlyList<(Journal Journal, string Currency)> journals)
    {
        (Journal Journal, string Currency, int N, Entry Entry)[] entries =
        [
            .. journals.SelectMany(j => j.Journal.Entries.Select((entry, n) => (j.Journal, j.Currency, n, entry))),
        ];
        if (entries.Length == 0)
            return;
        db.Run("""
            insert into ledger_entries (order_id, kind, source_id, n, account, company_id, currency, amount_minor)
            select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::int[], $5::text[], $6::uuid[], $7::text[], $8::bigint[])
            """,
            Of(entries, e => e.Journal.OrderId), Of(entries, e => e.Journal.Kind), Of(entries, e => e.Journal.SourceId), Of(entries, e => e.N),
            Of(entries, e => e.Entry.Account), Pg.Uuids(Of(entries, e => e.Entry.CompanyId)), Of(entries, e => e.Currency),
            Of(entries, e => e.Entry.AmountMinor));
    }

    private static void UpdatePayments(PaymentsDb db, Payment[] payments)
    {
        if (payments.Length == 0)
            return;
        db.Run("""
            update payments p
               set gateway_ref = u.gateway_ref, captured_minor = u.captured, refunds_minor = u.refunds, refunded_minor = u.refunded,
                   status = u.status, unwanted = u.unwanted, action = u.action, action_url = u.action_url, expires_at = u.expires_at,
                   code = u.code, detail = u.detail, version = p.version + 1
              from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::boolean[], $8::text[], $9::text[],
                          $10::timestamptz[], $11::text[], $12::text[])
                   as u(id, gateway_ref, captured, refunds, refunded, status, unwanted, action, action_url, expires_at, code, detail)
             where p.id = u.id
            """,
            Of(payments, p => p.Id), Pg.Texts(Of(payments, p => p.GatewayRef)), Of(payments, p => p.CapturedMinor), Of(payments, p => p.RefundsMinor),
            Of(payments, p => p.RefundedMinor), Of(payments, p => Words.Of(p.Status)), Of(payments, p => p.Unwanted),
            Pg.Texts(Of(payments, p => p.Action)), Pg.Texts(Of(payments, p => p.ActionUrl)), Of(payments, p => p.ExpiresAt),
            Pg.Texts(Of(payments, p => p.Code)), Pg.Texts(Of(payments, p => p.Detail)));
    }

    private static void WriteRefunds(PaymentsDb db, Refund[] refunds)
    {
        if (refunds.Length == 0)
            return;
        db.Run("""
            insert into refunds (id, order_id, company_id, currency, amount_minor, done_minor, status, reason, account_id)
            select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::uuid[])
            on conflict (id) do update
               set amount_minor = excluded.amount_minor, done_minor = excluded.done_minor, status = excluded.status,
                   done_at = case when excluded.status = 'done' then now() end
            """,
            Of(refunds, r => r.Id), Of(refunds, r => r.OrderId), Pg.Uuids(Of(refunds, r => r.CompanyId)), Of(refunds, r => r.Currency),
            Of(refunds, r => r.AmountMinor), Of(refunds, r => r.DoneMinor), Of(refunds, r => Words.Of(r.Status)), Of(refunds, r => r.Reason),
            Pg.Uuids(Of(refunds, r => r.AccountId)));
    }

    private static void UpdateLines(PaymentsDb db, OrderMoney[] orders)
    {
        (Guid OrderId, SoldLine Line)[] lines = [.. orders.SelectMany(o => o.Changes.Lines.Select(line => (o.OrderId, line)))];
        if (lines.Length == 0)
            return;
        db.Run("""
            update order_lines l
               set refunded_minor = u.total, refunded_goods_minor = u.goods, refunded_delivery_minor = u.delivery, refunded_tax_minor = u.tax,
                   refunded_discount_minor = u.discount, refunded_commission_minor = u.commission
              from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
                   as u(order_id, line_id, total, goods, delivery, tax, discount, commission)
             where l.order_id = u.order_id and l.line_id = u.line_id
            """,
            Of(lines, l => l.OrderId), Of(lines, l => l.Line.LineId), Of(lines, l => l.Line.Refunded.Total), Of(lines, l => l.Line.Refunded.Goods),
            Of(lines, l => l.Line.Refunded.Delivery), Of(lines, l => l.Line.Refunded.Tax), Of(lines, l => l.Line.Refunded.Discount),
            Of(lines, l => l.Line.Refunded.Commission));
        // A payout may have taken more than these parts are worth now: the next one looks. Locked in its order.
        db.Run("""
            with parts as (
                select order_id, company_id from earnings e
                  join unnest($1::uuid[], $2::uuid[]) as u(order_id, company_id) using (order_id, company_id)
                 where not open order by order_id for update of e)
            update earnings e set open = true from parts p where (e.order_id, e.company_id) = (p.order_id, p.company_id)
            """,
            Of(lines, l => l.OrderId), Of(lines, l => l.Line.CompanyId));
    }

    private static void WriteOperations(PaymentsDb db, OrderMoney[] orders, GatewayDesk? desk)
    {
        var changes = Array.ConvertAll(orders, order => order.Changes);
        Operation[] done = [.. changes.SelectMany(c => c.Done)];
        // One that was called for anew meanwhile has another count of attempts, and stays.
        if (done.Length > 0)
            db.Run("delete from operations o using unnest($1::uuid[], $2::int[]) as u(id, attempts) where o.id = u.id and o.attempts = u.attempts",
                Of(done, o => o.Id), Of(done, o => o.Attempts));
        Operation[] postponed = [.. changes.SelectMany(c => c.Postponed)];
        if (postponed.Length > 0)
            db.Run("""
                update operations o set next_at = now() + u.after
                  from unnest($1::uuid[], $2::int[], $3::interval[]) as u(id, attempts, after) where o.id = u.id and o.attempts = u.attempts
                """,
                Of(postponed, o => o.Id), Of(postponed, o => o.Attempts), Of(postponed, o => o.After));
        Guid[] drop = [.. changes.SelectMany(c => c.CapturesToDrop)];
        if (drop.Length > 0)
            db.Run("delete from operations where payment_id = any($1) and kind = 'capture'", drop);
        Guid[] looks = [.. changes.SelectMany(c => c.LooksToDrop)];
        if (looks.Length > 0)
            db.Run("delete from operations where payment_id = any($1) and kind = 'read'", looks);
        db.InsertOperations([.. orders.SelectMany(order => order.Changes.Operations.Select(o =>
            (o, order.Payments.Single(p => p.Id == o.PaymentId), order.ReturnUrl)))], desk);
    }

    private static void InsertTransactions(PaymentsDb db, (Operation Operation, GatewayAnswer Answer, Payment Payment)[] rows)
    {
        if (rows.Length == 0)
            return;
        db.Run("""
            insert into transactions (id, payment_id, order_id, refund_id, kind, result, code, currency, amount_minor, gateway, gateway_ref)
            select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
                                 $10::text[], $11::text[])
            """,
            Of(rows, _ => Guid.CreateVersion7()), Of(rows, r => r.Payment.Id), Of(rows, r => r.Payment.OrderId),
            Pg.Uuids(Of(rows, r => r.Operation.RefundId)), Of(rows, r => Words.Of(r.Operation.Kind)), Of(rows, r => Words.Of(r.Answer.Outcome)),
            Pg.Texts(Of(rows, r => r.Answer.Code)), Of(rows, r => r.Payment.Currency), Of(rows, r => r.Operation.AmountMinor),
            Of(rows, r => r.Payment.Gateway), Pg.Texts(Of(rows, r => r.Payment.GatewayRef)));
    }

    internal static T[] Of<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> value)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(rows[i]);
        return values;
    }
}
