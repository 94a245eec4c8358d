using Souk.Contracts.Orders;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Platform.Events;

namespace Souk.Payments.Events;

/// <summary>Stock is reserved: freezes the commission of each line and has the gateways authorise the payments, all orders of a batch at once.</summary>
internal sealed class OnPaymentDue(
    PaymentsDb db, CommissionRateCache rates, FraudRules fraud, GatewayChoice gateways, GatewayDesk desk)
    : IHandleBatch<PaymentDue>
{
    public async Task Handle(IReadOnlyList<PaymentDue> events, CancellationToken ct)
    {
        var now = await rates.Now(ct);
        var lines = new List<(Guid OrderId, SoldLine Line)>(events.Count * 2);
        var payments = new List<(Payment Payment, string? ReturnUrl)>(events.Count);
        foreach (var due in events)
        {
            // Without a payment the order waits for one: POST /payments.
            if ((due.Payments is not [] && due.Payments.Sum(p => p.AmountMinor) != due.TotalMinor)
                || due.Lines.Sum(l => l.TotalMinor) != due.TotalMinor)
                throw new InvalidOperationException($"The payments or the lines of order {due.OrderId} do not add up to its total.");
            foreach (var line in due.Lines)
                lines.Add((due.OrderId, SoldLine.Of(line, due.Currency, now)));
            foreach (var intent in due.Payments)
                payments.Add((gateways.NewPayment(due.OrderId, due.AccountId, intent, due.Currency), due.ReturnUrl));
        }

        db.InsertOrders([.. events.Select(due => new OrderMoney
        {
            OrderId = due.OrderId, AccountId = due.AccountId, Currency = due.Currency, TotalMinor = due.TotalMinor, ReturnUrl = due.ReturnUrl,
        })]);
        db.InsertLines(lines);
        db.InsertPayments([.. payments.Select(p => p.Payment)]);
        db.InsertOperations([.. payments.Select(p => (Authorize(p.Payment), p.Payment, p.ReturnUrl))], desk);
        await fraud.Keep(db, [.. events.SelectMany(due =>
            due.Payments.Select(p => (due.OrderId, due.AccountId, due.Country, p)))], ct);
        db.Durable(); // The gateway must never know of a payment that a crash took from us.
    }
    private static Operation Authorize(Payment payment) =>
        new(Guid.CreateVersion7(), OperationKind.Authorize, payment.Id, payment.OrderId, RefundId: null, payment.AmountMinor);
}
