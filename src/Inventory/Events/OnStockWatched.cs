using Souk.Contracts.Notifications;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>Somebody waits for an offer: the sweep tells when it can be bought, which may be now.</summary>
internal sealed class OnStockWatched(InventoryDb db) : IHandleBatch<StockWatched>
{
    public Task Handle(IReadOnlyList<StockWatched> events, CancellationToken ct)
    {
        // Anybody may name anything: only what is an offer is kept.
        db.Run("""
            with watched as (
                insert into restock_watches (offer_id) select id from offers where id = any($1) order by id
                on conflict do nothing returning offer_id)
            insert into availability_due (offer_id) select offer_id from watched order by 1 on conflict do nothing
            """, events.Select(watched => watched.OfferId).Distinct().ToArray());
        return Task.CompletedTask;
    }
}
