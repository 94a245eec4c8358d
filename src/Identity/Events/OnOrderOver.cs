using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Identity.Events;

/// <summary>An order, or one seller's part of it, is over: delivered, cancelled or refused. Its buyer waits for it no more.</summary>
internal sealed class OnOrderOver(IdentityDb db)
    : IHandleBatch<OrderCancelled>, IHandleBatch<OrderRefused>, IHandleBatch<PartDelivered>, IHandleBatch<PartCancelled>
{
    public Task Handle(IReadOnlyList<OrderCancelled> events, CancellationToken ct) =>
        Orders(events.Select(e => e.OrderId));

    public Task Handle(IReadOnlyList<OrderRefused> events, CancellationToken ct) =>
        Orders(events.Select(e => e.OrderId));

    public Task Handle(IReadOnlyList<PartDelivered> events, CancellationToken ct) =>
        Parts(events.Select(e => (e.OrderId, e.PartId)));

    public Task Handle(IReadOnlyList<PartCancelled> events, CancellationToken ct) =>
        Parts(events.Select(e => (e.OrderId, e.PartId)));

    private Task Orders(IEnumerable<Guid> ids)
    {
        db.Run("delete from open_orders where order_id = any($1)", ids.ToArray());
        return Task.CompletedTask;
    }

    private Task Parts(IEnumerable<(Guid OrderId, Guid PartId)> parts)
    {
        var both = parts.ToList();
        db.Run("""
            delete from open_orders o using unnest($1::uuid[], $2::uuid[]) as p(order_id, part_id)
             where o.order_id = p.order_id and o.part_id = p.part_id
            """, both.Select(part => part.OrderId).ToArray(), both.Select(part => part.PartId).ToArray());
        return Task.CompletedTask;
    }
}
