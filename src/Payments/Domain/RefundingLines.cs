using Souk.Contracts.Orders;
using Souk.Contracts.Payments;

namespace Souk.Payments.Domain;

/// <summary>Refunds that say of each line what goes back for the goods, the delivery and the tax.</summary>
internal static class RefundingLines
{
    /// <summary>Gives back what the lines still hold of what is due; says so when that is nothing.</summary>
    public static void RefundLines(this OrderMoney order, RefundDue due)
    {
        var left = order.Sold ? order.RefundableMinor : 0;
        var back = new List<LineBack>();
        foreach (var line in due.Lines)
        {
            if (order.Lines.Find(l => l.LineId == line.LineId) is not { } sold)
                continue;
            var amount = Math.Min(line.TotalMinor, Math.Min(left, sold.RemainingMinor));
            if (amount == 0)
                continue;
            // Where some of it was refunded before, the rest is divided as it comes.
            var exact = amount == line.TotalMinor && sold.Holds(amount, line.DeliveryMinor, line.TaxMinor);
            back.Add(exact
                ? new LineBack(line.LineId, amount, (line.DeliveryMinor, line.TaxMinor))
                : new LineBack(line.LineId, amount));
            left -= amount;
        }
        if (back is [])
        {
            order.Changes.Events.Add(new RefundSkipped(order.OrderId, due.RefundId));
            return;
        }
        var refund = new Refund
        {
            Id = due.RefundId,
            OrderId = order.OrderId,
            CompanyId = due.CompanyId,
            Currency = order.Currency,
            AmountMinor = back.Sum(line => line.AmountMinor),
            Reason = due.Reason,
            AccountId = due.AccountId,
            IsNew = true,
        };
        order.GiveBack(refund.AmountMinor, due.CompanyId, due.Reason, due.AccountId, back, waiting: refund);
    }
}

/// <summary>What goes back of a line.</summary>
/// <param name="LineId">The line.</param>
/// <param name="AmountMinor">How much.</param>
/// <param name="Of">Of this for the delivery, net of tax, and tax; null where it is divided in proportion.</param>
internal readonly record struct LineBack(Guid LineId, long AmountMinor, (long DeliveryMinor, long TaxMinor)? Of = null);
