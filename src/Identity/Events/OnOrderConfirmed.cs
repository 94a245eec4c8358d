using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Identity.Events;

/// <summary>A sale was made: its buyer has an order under way until the last part is delivered or cancelled. Guests have no account.</summary>
internal sealed class OnOrderConfirmed(IdentityDb db) : IHandleBatch<OrderConfirmed>
{
    public Task Handle(IReadOnlyList<OrderConfirmed> events, CancellationToken ct)
    {
        var parts = events.Where(order => order.AccountId is not null)
            .SelectMany(order => order.Parts.Select(part => (order.OrderId, part.PartId, AccountId: order.AccountId!.Value)))
            .ToList();
        if (parts.Count == 0)
            return Task.CompletedTask;
        var orders = parts.Select(part => part.OrderId).ToArray();
        // From here on its parts stand for it.
        db.Run("delete from open_orders where order_id = any($1) and part_id = order_id", orders);
        db.Run("""
            insert into open_orders (order_id, part_id, account_id)
            select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) on conflict do nothing
            """,
            orders, parts.Select(part => part.PartId).ToArray(), parts.Select(part => part.AccountId).ToArray());
        return Task.CompletedTask;
    }
}
