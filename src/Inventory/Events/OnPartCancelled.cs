using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>One seller's part was cancelled: its pieces are free again, the other parts keep theirs.</summary>
internal sealed class OnPartCancelled(InventoryDb db) : IHandleBatch<PartCancelled>
{
    public Task Handle(IReadOnlyList<PartCancelled> events, CancellationToken ct) =>
        db.EndPieces(
            events.SelectMany(part => part.Lines.Select(line => (part.OrderId, line))), shipped: false,
            "part cancelled",
            ct);
}
