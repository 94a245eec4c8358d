using Souk.Contracts.Inventory;
using Souk.Platform.Jobs;

namespace Souk.Inventory.Jobs;

/// <summary>
/// Ends reservations whose time is over, by the clock of the database, at most some seconds late; never one whose order was
/// confirmed. Orders hears it and undoes the order.
/// </summary>
internal sealed class ExpireReservations(InventoryDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private const int OrdersMax = 200;

    public async Task Run(CancellationToken ct)
    {
        var (due, sharesServer) = (await db.Query(
            "select exists (select 1 from holds where expires_at <= now()), to_regclass('orders.log') is not null",
            reader => (reader.GetBoolean(0), reader.GetBoolean(1)), ct))[0];
        if (!due)
            return;

        // A confirmation that lies in the log and was not applied yet counts: such an order is left alone. Where Orders lives
        // on another server that cannot be seen; then the confirmation takes the pieces again when it comes.
        var unread = sharesServer
            ? """
              and order_id not in (select key from orders.log where type in ('OrderConfirmed', 'OrderAwaitsPayment')
                                      and pos > coalesce((select pos from cursors where topic = 'orders'), 0))
              """
            : "";
        var orders = await db.Query($"""
            delete from holds where order_id in (
                select order_id from holds
                 where expires_at <= now()
                   and order_id not in (select key from parked where topic = 'orders' and type in ('OrderConfirmed', 'OrderAwaitsPayment'))
                   {unread}
                 order by expires_at limit {OrdersMax} for update skip locked)
            returning order_id
            """, reader => reader.GetGuid(0), ct);
        if (orders.Count == 0)
            return;
        await db.ReleaseOrders([.. orders], "reservation expired", ct);
        foreach (var order in orders)
            db.Publish(new ReservationExpired(order));
    }
}
