using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Identity.Events;

/// <summary>An order waits for its payment, a bank slip perhaps: its buyer has an order under way.</summary>
internal sealed class OnOrderAwaitsPayment(IdentityDb db) : IHandleBatch<OrderAwaitsPayment>
{
    public Task Handle(IReadOnlyList<OrderAwaitsPayment> events, CancellationToken ct)
    {
        OrderAwaitsPayment[] ofAccounts = [.. events.Where(order => order.AccountId is not null)];
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
