using Microsoft.Extensions.Options;
using Souk.Contracts.Payments;
using Souk.Orders.Domain;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// The gateway would not give what it had promised. Payments tries again, and the order says so meanwhile; when no
/// more tries follow the order is cancelled and everything undone.
/// </summary>
internal sealed class OnCaptureFailed(OrdersDb db, IOptions<OrdersOptions> options) : IHandleBatch<CaptureFailed>
{
    public async Task Handle(IReadOnlyList<CaptureFailed> events, CancellationToken ct)
    {
        var ids = events.Select(e => e.OrderId).Distinct().ToArray();
        var final = events.Where(e => e.Final).Select(e => e.OrderId).Distinct().ToArray();
        db.Ask(Moves.FailCapture, _ => { }, ids, Moves.From(OrderStatus.CaptureFailed), options.Value.CaptureRetriesMax, "capture_failed");
        if (final is [])
            return;
        foreach (var order in await db.Take(Moves.Cancel, final, ct, Moves.FromCaptureFailed, "capture_failed"))
            db.Publish(Steps.Cancelled(order));
    }
}
