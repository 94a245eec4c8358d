using Souk.Contracts.Orders;
using Souk.Platform.Events;
using Souk.Platform.Http;

namespace Souk.Carts.Events;

/// <summary>The order never came about: the cart is open again, its coupons are given back, the request that waits gets the reason.</summary>
internal sealed class OnOrderRefused(CartsDb db, PendingAnswers answers) : IHandleBatch<OrderRefused>
{
    public Task Handle(IReadOnlyList<OrderRefused> events, CancellationToken ct)
    {
        db.ReopenCarts([.. events.Where(e => e.CartId is not null).Select(e => (e.CartId!.Value, e.OrderId))]);
        db.ReturnCoupons([.. events.Select(e => e.OrderId)]);
        answers.Complete(db, [.. events.Select(e => new LateAnswer(e.OrderId, e.Answer.Status, e.Answer.Body))]);
        return Task.CompletedTask;
    }
}
