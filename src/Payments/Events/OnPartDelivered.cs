using Microsoft.Extensions.Options;
using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Payments.Events;

/// <summary>A part reached its buyer: after the holdback its seller can be paid out. A later delivery of the same part holds it back anew.</summary>
internal sealed class OnPartDelivered(PaymentsDb db, IOptions<PaymentsOptions> options) : IHandleBatch<PartDelivered>
{
    public Task Handle(IReadOnlyList<PartDelivered> events, CancellationToken ct)
    {
        (Guid OrderId, Guid CompanyId)[] parts = [.. events.Select(e => (e.OrderId, e.CompanyId)).Distinct().Order()];
        db.Run("""
            insert into earnings (order_id, company_id, currency, releases_at)
            select order_id, u.company_id, m.currency, now() + $3
              from unnest($1::uuid[], $2::uuid[]) as u(order_id, company_id) join order_money m using (order_id)
            on conflict (order_id, company_id) do update set releases_at = excluded.releases_at
             where earnings.paid_goods_minor = 0 and earnings.paid_delivery_minor = 0
            """,
            Array.ConvertAll(parts, p => p.OrderId), Array.ConvertAll(parts, p => p.CompanyId),
            options.Value.PayoutHoldback);
        return Task.CompletedTask;
    }
}
