using Souk.Contracts.Orders;
using Souk.Payments.Jobs;
using Souk.Platform.Events;
using Souk.Platform.Jobs;

namespace Souk.Payments.Events;

/// <summary>The order never came about: what is held for it is let go. An order that never got as far as its payment is not known here.</summary>
internal sealed class OnOrderRefused(PaymentsDb db, Wakes<CallGateways> wakes) : IHandleBatch<OrderRefused>
{
    public async Task Handle(IReadOnlyList<OrderRefused> events, CancellationToken ct)
    {
        Guid[] ids = [.. events.Select(e => e.OrderId)];
        var orders = await db.Open(ids, ids, ct);
        foreach (var e in events)
            orders.GetValueOrDefault(e.OrderId)?.Cancel(e.Code);
        db.Close(orders.Values);
        db.Durable();
        db.AfterCommit(wakes.Now);
    }
}
