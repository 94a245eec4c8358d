using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>An edit took pieces off an order: they are free again, the others stay reserved.</summary>
internal sealed class OnPiecesTakenOff(InventoryDb db) : IHandleBatch<PiecesTakenOff>
{
    public Task Handle(IReadOnlyList<PiecesTakenOff> events, CancellationToken ct) => db.EndPieces(
        events.SelectMany(edit => edit.Lines.Select(line => (edit.OrderId, line))), shipped: false, "taken off", ct);
}
