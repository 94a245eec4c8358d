using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Carts.Events;

/// <summary>An order ended that had never been confirmed: its coupons are given back, and its cart if it still holds one.</summary>
internal sealed class OnOrderCancelled(CartsDb db) : IHandleBatch<OrderCancelled>
{
    public Task Handle(IReadOnlyList<OrderCancelled> events, CancellationToken ct)
    {
        OrderCancelled[] never = [.. events.Where(e => !e.WasConfirmed)];
        if (never.Length == 0)
            return Task.CompletedTask;
        db.ReopenCarts([.. never.Where(e => e.CartId is not null).Select(e => (e.CartId!.Value, e.OrderId))]);
        db.ReturnCoupons([.. never.Select(e => e.OrderId)]);
        return Task.CompletedTask;
    }
}
