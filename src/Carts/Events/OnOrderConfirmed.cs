using Souk.Contracts.Orders;
using Souk.Platform.Events;
using Souk.Platform.Http;

namespace Souk.Carts.Events;

/// <summary>The sale is made: its cart is gone, and the request that waits gets the order.</summary>
internal sealed class OnOrderConfirmed(CartsDb db, PendingAnswers answers, OrderTokens tokens) : IHandleBatch<OrderConfirmed>
{
    public Task Handle(IReadOnlyList<OrderConfirmed> events, CancellationToken ct)
    {
        OrderConfirmed[] fromCarts = [.. events.Where(e => e.CartId is not null).OrderBy(e => e.CartId)];
        if (fromCarts.Length > 0)
            // Only while this order still holds it: the buyer may have filled it again since.
            db.Run(
                """
                delete from carts c using unnest($1::uuid[], $2::uuid[]) as o (cart_id, order_id)
                 where c.id = o.cart_id and c.order_id = o.order_id
                """,
                fromCarts.Select(e => e.CartId!.Value).ToArray(), fromCarts.Select(e => e.OrderId).ToArray());
        answers.Complete(db, [.. events.Select(e => new LateAnswer(
            e.OrderId, e.Answer.Status, e.AccountId is null ? tokens.AddTo(e.Answer.Body, e.OrderId) : e.Answer.Body, $"/orders/{e.OrderId}"))]);
        return Task.CompletedTask;
    }
}
