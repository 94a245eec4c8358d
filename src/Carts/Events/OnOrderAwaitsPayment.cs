using Souk.Contracts.Orders;
using Souk.Platform.Events;
using Souk.Platform.Http;

namespace Souk.Carts.Events;

/// <summary>
/// The order waits for its buyer to pay: it is theirs now, so its cart is gone, and the request that waits gets the order and
/// what to do.
/// </summary>
internal sealed class OnOrderAwaitsPayment(CartsDb db, PendingAnswers answers, OrderTokens tokens) : IHandleBatch<OrderAwaitsPayment>
{
    public async Task Handle(IReadOnlyList<OrderAwaitsPayment> events, CancellationToken ct)
    {
        var guests = await db.Query(
            """
            with o as (select id, account_id, cart_id from contacts where id = any($1)),
                 gone as (delete from carts c using o where c.id = o.cart_id and c.order_id = o.id)
            select id from o where account_id is null
            """,
            row => row.GetGuid(0), ct, events.Select(e => e.OrderId).ToArray());
        answers.Complete(db, [.. events.Select(e => new LateAnswer(
            e.OrderId, e.Answer.Status, guests.Contains(e.OrderId) ? tokens.AddTo(e.Answer.Body, e.OrderId) : e.Answer.Body, $"/orders/{e.OrderId}"))]);
    }
}
