using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Orders.Domain;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// The buyer has to act: the order waits as long as the payment may take, and Inventory with it. The request that waits is
/// told what to do.
/// </summary>
internal sealed class OnPaymentActionRequired(OrdersDb db) : IHandleBatch<PaymentActionRequired>
{
    private const string Set = """
        action_kind = e.kind, action_url = e.url, action_expires_at = e.expires_at,
        deadline = e.expires_at, reserved_until = greatest(o.reserved_until, e.expires_at)
        """;

    private const string Events = "unnest($1::uuid[], $3::text[], $4::text[], $5::timestamptz[]) as e(id, kind, url, expires_at)";

    private static readonly string Wait = $"""
        with moved as (update orders o set status = 'awaiting_payment', version = version + 1, updated_at = now(), {Set}
                         from {Events} where o.id = e.id and o.status = any($2) returning o.*),
             history as (insert into timeline (order_id, actor, from_status, to_status, reason)
                         select id, 'system', 'pending', status, action_kind from moved)
        select {OrderRows.Columns} from moved o
        """;

    // Another payment of an order that waits already has an action of its own.
    private const string ActAgain = $"""
        update orders o set version = version + 1, updated_at = now(), {Set}
          from {Events} where o.id = e.id and o.status = any($2) and o.action_url is distinct from e.url
        """;

    public async Task Handle(IReadOnlyList<PaymentActionRequired> events, CancellationToken ct)
    {
        var last = events.Reverse().DistinctBy(e => e.OrderId).ToArray();
        var ids = Array.ConvertAll(last, e => e.OrderId);
        object?[] actions =
        [
            Array.ConvertAll(last, e => e.Action),
            Array.ConvertAll(last, e => e.Url),
            Array.ConvertAll(last, e => e.ExpiresAt.ToUniversalTime()),
        ];
        db.Run(ActAgain, [ids, Moves.FromAwaitingPayment, .. actions]);
        foreach (var order in await db.Take(Wait, ids, ct, [OrderLife.Before(OrderStatus.AwaitingPayment), .. actions]))
            db.Publish(new OrderAwaitsPayment(order.Id, order.Deadline!.Value, Answers.AwaitsPayment(order)));
        db.Durable();
    }
}
