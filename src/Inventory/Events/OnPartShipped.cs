using Microsoft.Extensions.Logging;
using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>The pieces left: the reservation becomes a sale, they are no longer on hand.</summary>
internal sealed class OnPartShipped(InventoryDb db, ILogger<OnPartShipped> logger) : IHandleBatch<PartShipped>
{
    public async Task Handle(IReadOnlyList<PartShipped> events, CancellationToken ct)
    {
        var missing = await db.EndPieces(
            events.SelectMany(part => part.Lines.Select(line => (part.OrderId, line))), shipped: true, "shipped", ct);
        if (missing > 0)
            logger.LogWarning("{Missing} shipped pieces had no reservation; the stock must be counted", missing);
    }
}
