using Microsoft.Extensions.Options;
using Souk.Contracts.Payments;
using Souk.Orders.Domain;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>Everything is paid for: the sale is made, and the request that waits gets its answer.</summary>
internal sealed class OnPaymentsAuthorized(OrdersDb db, IOptions<OrdersOptions> options) : IHandleBatch<PaymentsAuthorized>
{
    public async Task Handle(IReadOnlyList<PaymentsAuthorized> events, CancellationToken ct)
    {
        Guid[] ids = [.. events.Select(e => e.OrderId).Distinct()];
        foreach (var order in await db.Take(Moves.Confirm, ids, ct, Moves.From(OrderStatus.Confirmed), options.Value.CaptureMax))
            db.Publish(Steps.Confirmed(order));
    }
}
