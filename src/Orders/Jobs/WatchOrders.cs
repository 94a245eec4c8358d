using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Souk.Orders.Domain;
using Souk.Orders.Events;
using Souk.Platform.Jobs;

namespace Souk.Orders.Jobs;

/// <summary>
/// The watchdog: finishes or undoes every order that stays in a state longer than the state may last, by the
/// compensation that the table of the order's life names. At most 200 in a run; rows that others hold are left for
/// the next.
/// </summary>
internal sealed class WatchOrders(OrdersDb db, IOptions<OrdersOptions> options) : IJob
{
    private static readonly Meter Meter = new("Souk.Orders");
    private static readonly Counter<long> Overdue = Meter.CreateCounter<long>(
        "souk_orders_overdue", description: "Orders found past the deadline of their state.");

    private const string Late = """
        select id, status, overdue, captured_at is not null, coalesce(confirmed_at + $1 > now(), false) from orders
         where deadline < now() order by deadline limit 200 for update skip locked
        """;

    public async Task Run(CancellationToken ct)
    {
        var late = await db.Query(
            Late,
            row => (
                Id: row.GetGuid(0), Status: Words.Order(row.GetString(1)), Overdue: row.GetInt32(2), Captured: row.GetBoolean(3),
                Young: row.GetBoolean(4)),
            ct, options.Value.CaptureMax);
        foreach (var group in late.GroupBy(order => OrderLife.WhenOverdue(order.Status)))
        {
            Overdue.Add(group.Count(), new KeyValuePair<string, object?>("does", group.Key.ToString()));
            switch (group.Key)
            {
                case Domain.Overdue.WaitThenRefuse:
                    // After an outage nobody had the time to answer. Nothing is asked again: the log loses no
                    // question, and who was asked twice would answer twice.
                    db.Run("update orders set overdue = overdue + 1, deadline = now() + $2 where id = any($1)",
                        Ids(group.Where(order => order.Overdue == 0)), options.Value.PendingMax);
                    await Refuse(Ids(group.Where(order => order.Overdue > 0)), ct);
                    break;
                case Domain.Overdue.CancelUnpaid:
                    await Cancel(Ids(group), "payment_expired", ct);
                    break;
                case Domain.Overdue.CaptureFailed:
                    // Until its first look a confirmed order has the deadline of its checkout, not yet that of its
                    // capture.
                    db.Run("update orders set deadline = confirmed_at + $2 where id = any($1)",
                        Ids(group.Where(order => order.Young && !order.Captured)), options.Value.CaptureMax);
                    db.Ask(Moves.FailCapture, _ => { },
                        Ids(group.Where(order => !order.Young)), Moves.From(OrderStatus.CaptureFailed),
                        options.Value.CaptureRetriesMax, "capture_overdue");
                    Rest(Ids(group.Where(order => order.Captured)));
                    break;
                case Domain.Overdue.CancelUncaptured:
                    await Cancel(Ids(group), "capture_failed", ct);
                    break;
                default:
                    Rest(Ids(group));
                    break;
            }
        }

        Guid[] Ids(IEnumerable<(Guid Id, OrderStatus, int, bool, bool)> orders) =>
            [.. orders.Select(order => order.Id)];
    }

    private async Task Refuse(Guid[] ids, CancellationToken ct)
    {
        if (ids is [])
            return;
        foreach (var order in await db.Take(Moves.Cancel, ids, ct, Moves.FromPending, "timed_out"))
            db.Publish(Steps.Refused(order, "timed_out", Answers.Refused("timed_out")));
    }

    private async Task Cancel(Guid[] ids, string reason, CancellationToken ct)
    {
        foreach (var order in await db.Take(Moves.Cancel, ids, ct, Moves.FromToCancel(), reason))
            db.Publish(Steps.Cancelled(order));
    }

    private void Rest(Guid[] ids) => db.Run("update orders set deadline = null where id = any($1)", ids);
}
