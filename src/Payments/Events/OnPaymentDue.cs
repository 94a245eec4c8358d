using Souk.Contracts.Orders;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Payments.Jobs;
using Souk.Platform.Events;
using Souk.Platform.Jobs;

namespace Souk.Payments.Events;

/// <summary>Stock is reserved: freezes the commission of each line and has the gateways authorise the payments, all orders of a batch at once.</summary>
internal sealed class OnPaymentDue(PaymentsDb db, CommissionRateCache rates, GatewayChoice gateways, Wakes<CallGateways> wakes) : IHandleBatch<PaymentDue>
{
    public async Task Handle(IReadOnlyList<PaymentDue> events, CancellationToken ct)
    {
        var now = await rates.Now(ct);
        var lines = new List<(Guid OrderId, SoldLine Line)>(events.Count * 2);
        var payments = new List<Payment>(events.Count);
        foreach (var due in events)
        {
            if (due.Payments.Sum(p => p.AmountMinor) != due.TotalMinor || due.Lines.Sum(l => l.TotalMinor) != due.TotalMinor)
                throw new InvalidOperationException($"The payments or the lines of order {due.OrderId} do not add up to its total.");
            foreach (var line in due.Lines)
                lines.Add((due.OrderId, SoldLine.Of(line, due.Currency, now)));
            foreach (var intent in due.Payments)
                payments.Add(gateways.NewPayment(due.OrderId, due.AccountId, intent, due.Currency));
        }

        db.InsertOrders([.. events.Select(due => new OrderMoney
        {
            OrderId = due.OrderId, AccountId = due.AccountId, Currency = due.Currency, TotalMinor = due.TotalMinor, ReturnUrl = due.ReturnUrl,
        })]);
        db.InsertLines(lines);
        db.InsertPayments([.. payments]);
        db.InsertOperations([.. payments.Select(p =>
            new Operation(Guid.CreateVersion7(), OperationKind.Authorize, p.Id, p.OrderId, RefundId: null, p.AmountMinor))]);
        db.Durable(); // The gateway must never know of a payment that a crash took from us.
        db.AfterCommit(wakes.Now);
    }
}
