using Souk.Contracts.Orders;
using Souk.Payments.Jobs;
using Souk.Platform.Events;
using Souk.Platform.Jobs;

namespace Souk.Payments.Events;

/// <summary>One seller's part was cancelled: the buyer gets its total back, at once or as soon as it is captured.</summary>
internal sealed class OnPartCancelled(PaymentsDb db, Wakes<CallGateways> wakes) : IHandleBatch<PartCancelled>
{
    public async Task Handle(IReadOnlyList<PartCancelled> events, CancellationToken ct)
    {
        Guid[] ids = [.. events.Select(e => e.OrderId)];
        var orders = await db.Open(ids, ids, ct);
        foreach (var e in events)
            orders.GetValueOrDefault(e.OrderId)?.CancelPart(e.CompanyId, e.RefundMinor, e.Reason);
        db.Close(orders.Values);
        db.Durable();
        db.AfterCommit(wakes.Now);
    }
}
