using Souk.Contracts.Orders;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Platform.Events;

namespace Souk.Payments.Events;

/// <summary>The sale is made: what is authorised is captured. An order of nothing has no payments: its sale goes into the books at once.</summary>
internal sealed class OnOrderConfirmed(PaymentsDb db, CommissionRateCache rates, GatewayDesk desk)
    : IHandleBatch<OrderConfirmed>
{
    public async Task Handle(IReadOnlyList<OrderConfirmed> events, CancellationToken ct)
    {
        OrderConfirmed[] free = [.. events.Where(e => e.TotalMinor == 0)];
        if (free.Length > 0)
        {
            var now = await rates.Now(ct);
            db.InsertOrders([.. free.Select(e => new OrderMoney
            {
                OrderId = e.OrderId, AccountId = e.AccountId, Currency = e.Currency, TotalMinor = 0, State = OrderState.Authorized,
            })]);
            db.InsertLines([.. free.SelectMany(e => e.Lines.Select(line => (e.OrderId, SoldLine.Of(line, e.Currency, now))))]);
        }
        var orders = await db.Open(events.Select(e => e.OrderId), free.Select(e => e.OrderId), ct);
        foreach (var order in orders.Values)
            order.Confirm();
        db.Close(orders.Values, desk);
        db.Durable();
    }
}
