using Souk.Contracts.Inventory;
using Souk.Platform.Events;

namespace Souk.Carts.Events;

/// <summary>Keeps what Inventory says is left. Only shown: whether it can be bought is decided by the reservation.</summary>
internal sealed class OnAvailabilityChanged(CartsDb db) : IHandleBatch<AvailabilityChanged>
{
    public Task Handle(IReadOnlyList<AvailabilityChanged> events, CancellationToken ct)
    {
        // One row per offer, the newest, in the order of the key.
        AvailabilityChanged[] newest = [.. events.GroupBy(e => e.OfferId).Select(same => same.MaxBy(e => e.Version)!).OrderBy(e => e.OfferId)];
        db.Run(
            CartSql.PutAvailability,
            newest.Select(e => e.OfferId).ToArray(), newest.Select(e => e.Available).ToArray(), newest.Select(e => e.Version).ToArray());
        return Task.CompletedTask;
    }
}
