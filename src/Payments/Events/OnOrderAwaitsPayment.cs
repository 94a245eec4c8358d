using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Payments.Events;

/// <summary>The order waits for its buyer: until then <c>POST /payments</c> may start another payment.</summary>
internal sealed class OnOrderAwaitsPayment(PaymentsDb db) : IHandleBatch<OrderAwaitsPayment>
{
    public Task Handle(IReadOnlyList<OrderAwaitsPayment> events, CancellationToken ct)
    {
        var last = events.GroupBy(e => e.OrderId).Select(order => order.Last()).OrderBy(e => e.OrderId).ToArray();
        db.Run("""
            update order_money o set waiting_until = u.until
              from unnest($1::uuid[], $2::timestamptz[]) as u(id, until)
             where o.order_id = u.id and o.state in ('due', 'declined')
            """,
            last.Select(e => e.OrderId).ToArray(), last.Select(e => e.Deadline.ToUniversalTime()).ToArray());
        return Task.CompletedTask;
    }
}
