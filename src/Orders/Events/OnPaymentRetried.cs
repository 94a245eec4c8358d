using Microsoft.Extensions.Options;
using Souk.Contracts.Payments;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// The buyer started another payment: the order waits for its end, though never longer than its reservation lives.
/// </summary>
internal sealed class OnPaymentRetried(OrdersDb db, IOptions<OrdersOptions> options) : IHandleBatch<PaymentRetried>
{
    private const string Wait = """
        update orders set deadline = greatest(deadline, least(now() + $2, reserved_until)), version = version + 1, updated_at = now(),
                          action_kind = null, action_url = null, action_expires_at = null
         where id = any($1) and status = 'awaiting_payment'
        """;

    public Task Handle(IReadOnlyList<PaymentRetried> events, CancellationToken ct)
    {
        db.Run(Wait, events.Select(e => e.OrderId).Distinct().ToArray(), options.Value.PendingMax);
        return Task.CompletedTask;
    }
}
