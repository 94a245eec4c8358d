using Souk.Orders.Domain;

namespace Souk.Orders.Events;

/// <summary>
/// The system's moves of many orders at once, as SQL by the table of <see cref="OrderLife" />. What cannot be moved
/// any more is not returned: events may come late, twice or in another order than hoped, and only what moved is
/// published.
/// </summary>
internal static class Moves
{
    private const string Forget = "payments = null, action_kind = null, action_url = null, action_expires_at = null";

    /// <summary>
    /// <c>$1</c> the orders, <c>$2</c> states they may come from, <c>$3</c> how long the capture may take.
    /// </summary>
    public static readonly string Confirm = To(
        OrderStatus.Confirmed,
        $"""
        {Forget}, confirmed_at = now(), captured_at = case when o.total_minor = 0 then now() else o.captured_at end,
        -- The deadline of a pending order stays: the watchdog makes it the capture's, and the row is changed in its place.
        deadline = case when o.total_minor = 0 or o.captured_at is not null then null
                        when old.status = 'pending' then o.deadline else now() + $3 end
        """,
        // Whether the reservation still lives is not asked: Inventory takes the pieces again if it has run out, or
        // refuses them.
        where: "reserved_until is not null",
        reason: "case when total_minor = 0 then 'nothing_to_pay' else 'payment_authorized' end");

    /// <summary>
    /// <c>$1</c> the orders, <c>$2</c> states they may come from: those without a payment wait for one as long as their stock is kept.
    /// </summary>
    public static readonly string AwaitPayment = To(
        OrderStatus.AwaitingPayment, "action_kind = 'pay', deadline = o.reserved_until",
        where: "reserved_until is not null", reason: "'payment_needed'");

    /// <summary><c>$1</c> the orders, <c>$2</c> states they may come from, <c>$3</c> the reason.</summary>
    public static readonly string Cancel = To(
        OrderStatus.Cancelled,
        $"{Forget}, cancelled_at = now(), cancel_reason = $3, deadline = null",
        where: "not exists (select 1 from order_parts p where p.order_id = orders.id and p.shipped_at is not null)",
        reason: "$3",
        more: """
            , parts as (update order_parts p set status = 'cancelled', cancelled_at = now() from moved
                         where p.order_id = moved.id and p.status = 'confirmed')
            """);

    /// <summary>
    /// <c>$1</c> the orders, <c>$2</c> states they may come from, <c>$3</c> how long it is tried again, <c>$4</c> the
    /// reason.
    /// </summary>
    public static readonly string FailCapture = To(
        OrderStatus.CaptureFailed, "deadline = now() + $3", where: "captured_at is null", reason: "$4");

    public static readonly string[] FromPending = [Words.Of(OrderStatus.Pending)];
    public static readonly string[] FromAwaitingPayment = [Words.Of(OrderStatus.AwaitingPayment)];
    public static readonly string[] FromCaptureFailed = [Words.Of(OrderStatus.CaptureFailed)];

    public static string[] From(OrderStatus to) => OrderLife.Before(to);

    /// <summary>The states of a cancellation that is none of a pending order: those are refused.</summary>
    public static string[] FromToCancel() => [.. From(OrderStatus.Cancelled).Where(word => word != "pending")];

    /// <summary>A move to a state; the rows that moved are its result, with <paramref name="set" /> done.</summary>
    public static string To(OrderStatus to, string set, string where, string reason, string more = "") => $"""
        with old as (select id, status from orders where id = any($1) and status = any($2) and {where} order by id for update),
             moved as (update orders o set status = '{Words.Of(to)}', version = version + 1, updated_at = now(), {set}
                         from old where o.id = old.id returning o.*, old.status as before),
             history as (insert into timeline (order_id, actor, from_status, to_status, reason)
                         select id, 'system', before, status, {reason} from moved){more}
        select {OrderRows.Columns} from moved o
        """;
}
