using Souk.Contracts.Orders;
using Souk.Payments.Domain;
using Souk.Payments.Jobs;
using Souk.Platform.Events;
using Souk.Platform.Jobs;

namespace Souk.Payments.Events;

/// <summary>
/// Goods came back, or were taken off before they left: their money goes back, line by line, as far as it was not refunded
/// before.
/// </summary>
internal sealed class OnRefundDue(PaymentsDb db, Wakes<CallGateways> wakes) : IHandleBatch<RefundDue>
{
    public async Task Handle(IReadOnlyList<RefundDue> events, CancellationToken ct)
    {
        Guid[] ids = [.. events.Select(e => e.OrderId)];
        var orders = await db.Open(ids, ids, ct);
        foreach (var e in events)
            orders.GetValueOrDefault(e.OrderId)?.RefundLines(e);
        db.Close(orders.Values);
        db.Durable();
        db.AfterCommit(wakes.Now);
    }
}
