using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Identity.Events;

/// <summary>An order was placed: its buyer has it under way from now on, whether it is paid at once, later or never. Guests have no account.</summary>
internal sealed class OnOrderPlaced(IdentityDb db) : IHandleBatch<OrderPlaced>
{
    public Task Handle(IReadOnlyList<OrderPlaced> events, CancellationToken ct)
    {
        OrderPlaced[] ofAccounts = [.. events.Where(order => order.AccountId is not null)];
        if (ofAccounts.Length > 0)
            db.Run("""
                insert into open_orders (order_id, part_id, account_id)
                select id, id, account_id from unnest($1::uuid[], $2::uuid[]) as o(id, account_id) on conflict do nothing
                """,
                ofAccounts.Select(order => order.OrderId).ToArray(),
                ofAccounts.Select(order => order.AccountId!.Value).ToArray());
        return Task.CompletedTask;
    }
}
