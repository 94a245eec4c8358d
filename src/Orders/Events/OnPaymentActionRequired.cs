using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Orders.Domain;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// The buyer has to act: the order waits as long as the payment may take, and Inventory with it. The request that
/// waits is told what to do.
/// </summary>
internal sealed class OnPaymentActionRequired(OrdersDb db) : IHandleBatch<PaymentActionRequired>
{
    // Another payment of an order that waits already has an action and a time of its own; the same said twice changes
    // nothing.
    private const string Wait = $"""
        with e as (select * from unnest($1::uuid[], $3::text[], $4::text[], $5::timestamptz[]) as e(id, kind, url, expires_at)),
             old as (select o.id, o.status from orders o join e on e.id = o.id
                      where o.status = any($2) and o.action_url is distinct from e.url order by o.id for update of o),
             moved as (update orders o set status = 'awaiting_payment', version = version + 1, updated_at = now(), action_kind = e.kind,
                              action_url = e.url, action_expires_at = e.expires_at, deadline = e.expires_at,
                              reserved_until = greatest(o.reserved_until, e.expires_at)
                         from old join e on e.id = old.id where o.id = old.id returning o.*, old.status as before),
             history as (insert into timeline (order_id, actor, from_status, to_status, reason)
                         select id, 'system', before, status, action_kind from moved)
        select {OrderRows.Columns} from moved o
        """;

    private static readonly string[] From = [.. OrderLife.Before(OrderStatus.AwaitingPayment), .. Moves.FromAwaitingPayment];

    public async Task Handle(IReadOnlyList<PaymentActionRequired> events, CancellationToken ct)
    {
        var last = events.Reverse().DistinctBy(e => e.OrderId).ToArray();
        foreach (var order in await db.Take(
            Wait, Array.ConvertAll(last, e => e.OrderId), ct, From, Array.ConvertAll(last, e => e.Action),
            Array.ConvertAll(last, e => e.Url), Array.ConvertAll(last, e => e.ExpiresAt.ToUniversalTime())))
        {
            db.Publish(new OrderAwaitsPayment(order.Id, order.Deadline!.Value, Answers.AwaitsPayment(order), order.AccountId));
            if (order.ActionKind == "review")
                db.Publish(Steps.Held(order));
        }
    }
}
