using Microsoft.Extensions.Logging;
using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>The pieces left: the reservation becomes a sale, they are no longer on hand.</summary>
internal sealed class OnPartShipped(InventoryDb db, ILogger<OnPartShipped> logger) : IHandleBatch<PartShipped>
{
    public async Task Handle(IReadOnlyList<PartShipped> events, CancellationToken ct)
    {
        var lines = events.SelectMany(part => part.Lines.Select(line => (part.OrderId, line.LineId))).ToList();
        var ended = await db.EndLines(lines, shipped: true, "shipped", ct);
        // A line may be split over warehouses, so there may be more reservations than lines, never less.
        if (ended < lines.Count)
            logger.LogWarning("{Missing} shipped lines had no reservation; the stock must be counted", lines.Count - ended);
    }
}
