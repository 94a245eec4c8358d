using Souk.Contracts.Payments;
using Souk.Platform.Http;

namespace Souk.Payments.Domain;

/// <summary>How money of an order goes back: when, out of whose share, and to which of its payments.</summary>
internal static class Refunding
{
    /// <summary>Gives an amount back, to one seller's account or all of them, in proportion to what their lines still hold.</summary>
    /// <param name="order">An order that is captured, whole or in part.</param>
    /// <param name="amountMinor">At most what is captured and not given back.</param>
    /// <param name="companyId">Whose lines; null for all.</param>
    /// <param name="reason">For the buyer and the books.</param>
    /// <param name="accountId">Who grants it; null for the system.</param>
    /// <param name="lines">Certain lines with their amounts instead.</param>
    /// <param name="only">The payment it goes back to; null for those of the order one after the other.</param>
    /// <param name="waiting">A refund that was granted before the capture and begins now.</param>
    public static Refund GiveBack(
        this OrderMoney order, long amountMinor, Guid? companyId, string reason, Guid? accountId,
        IReadOnlyList<LineBack>? lines = null,
        Payment? only = null, Refund? waiting = null)
    {
        if (amountMinor > order.RefundableMinor || amountMinor > (only is null ? long.MaxValue : only.CapturedMinor - only.RefundsMinor))
            throw TooMuch(order.RefundableMinor);
        var refund = waiting ?? new Refund
        {
            Id = Guid.CreateVersion7(), OrderId = order.OrderId, CompanyId = companyId, Currency = order.Currency, AmountMinor = amountMinor,
            Reason = reason, AccountId = accountId, IsNew = true,
        };
        (refund.AmountMinor, refund.Status) = (amountMinor, RefundStatus.Pending);
        order.Refunds.Add(refund);
        order.Changes.Refunds.Add(refund);
        order.RefundsMinor += amountMinor;
        order.Changes.Journals.Add(order.Sold
            ? Journal.Refund(order.OrderId, refund.Id, order.TakeFromLines(amountMinor, companyId, lines)
                .Select(back => (back.Line.CompanyId, back.Shares)))
            : Journal.RefundOfNoSale(order.OrderId, refund.Id, amountMinor));

        var left = amountMinor;
        foreach (var payment in order.Payments.Where(p => only is null || p == only).OrderBy(p => p.Id))
        {
            var part = Math.Min(left, payment.CapturedMinor - payment.RefundsMinor);
            if (part == 0)
                continue;
            payment.RefundsMinor += part;
            left -= part;
            order.Changes.Payments.Add(payment);
            order.Changes.Operations.Add(new Operation(Guid.CreateVersion7(), OperationKind.Refund, payment.Id, order.OrderId, refund.Id, part));
        }
        return refund;
    }

    /// <summary>Notes an amount that goes back to the buyer as soon as the order is captured.</summary>
    public static void Await(this OrderMoney order, long amountMinor, Guid companyId, string reason)
    {
        if (amountMinor > 0)
            order.Changes.Refunds.Add(new Refund
            {
                Id = Guid.CreateVersion7(), OrderId = order.OrderId, CompanyId = companyId, Currency = order.Currency,
                AmountMinor = amountMinor, Status = RefundStatus.Waiting, Reason = reason, IsNew = true,
            });
    }

    /// <summary>The order is captured: what waited for that goes back.</summary>
    public static void BeginWaiting(this OrderMoney order)
    {
        foreach (var waiting in order.Refunds.Where(r => r.Status == RefundStatus.Waiting).ToArray())
        {
            order.Refunds.Remove(waiting);
            var amount = Math.Min(waiting.AmountMinor, order.RemainingMinor(waiting.CompanyId));
            if (amount > 0)
                order.GiveBack(amount, waiting.CompanyId, waiting.Reason, waiting.AccountId, waiting: waiting);
        }
    }

    /// <summary>The order is no more: all of it goes back, and not what waited.</summary>
    public static void DropWaiting(this OrderMoney order)
    {
        foreach (var refund in order.Refunds.Where(r => r.Status == RefundStatus.Waiting))
        {
            refund.Status = RefundStatus.Cancelled;
            order.Changes.Refunds.Add(refund);
        }
    }

    /// <summary>A gateway paid a refund, or its share of it, to the buyer.</summary>
    public static void RefundDone(this OrderMoney order, Operation operation, Payment payment)
    {
        var refund = order.Refunds.Single(r => r.Id == operation.RefundId);
        payment.RefundedMinor += operation.AmountMinor;
        order.RefundedMinor += operation.AmountMinor;
        refund.DoneMinor += operation.AmountMinor;
        order.Changes.Payments.Add(payment);
        order.Changes.Refunds.Add(refund);
        order.Changes.Journals.Add(Journal.RefundPaid(order.OrderId, operation.Id, operation.AmountMinor));
        if (refund.DoneMinor < refund.AmountMinor)
            return;
        refund.Status = RefundStatus.Done;
        order.Changes.Events.Add(new PaymentRefunded(
            order.OrderId, refund.Id, refund.CompanyId, order.Currency, refund.AmountMinor, order.RefundedMinor, refund.Reason));
    }

    /// <summary>What a seller's lines still hold of the buyer's money.</summary>
    public static long RemainingMinor(this OrderMoney order, Guid? companyId) =>
        order.Lines.Where(l => l.CompanyId == companyId).Sum(l => l.RemainingMinor);

    /// <summary>What the marketplace had paid for lines that cost the buyer nothing goes back to it: their order, or part, is no more.</summary>
    public static void TakeBackFree(this OrderMoney order, Guid? companyId)
    {
        var back = new List<(Guid, LineShares)>();
        foreach (var line in order.Lines.Where(l => companyId is null || l.CompanyId == companyId))
        {
            if (line.TakeBackFree() is not { } shares)
                continue;
            back.Add((line.CompanyId, shares));
            order.Changes.Lines.Add(line);
        }
        if (back.Count > 0)
            order.Changes.Journals.Add(Journal.Refund(order.OrderId, Guid.CreateVersion7(), back));
    }

    public static RuleException TooMuch(long refundableMinor) =>
        new("refund_too_large", $"At most {refundableMinor} minor units can still be refunded.") { More = { ["refundable"] = refundableMinor } };

    /// <summary>Takes an amount of the buyer's money out of lines and answers who gives back how much.</summary>
    public static List<(SoldLine Line, LineShares Shares)> TakeFromLines(
        this OrderMoney order, long amountMinor, Guid? companyId, IReadOnlyList<LineBack>? wanted = null)
    {
        var back = new List<(SoldLine, LineShares)>();
        if (wanted is not null)
        {
            foreach (var (lineId, amount, of) in wanted)
                Take(order.Lines.Single(l => l.LineId == lineId), amount, of);
            return back;
        }
        SoldLine[] lines = [.. order.Lines.Where(l => companyId is null || l.CompanyId == companyId).OrderBy(l => l.LineId)];
        long[] remaining = [.. lines.Select(l => l.RemainingMinor)];
        if (amountMinor > remaining.Sum())
            throw TooMuch(remaining.Sum());
        var parts = Allocation.ByLargestRemainder(amountMinor, remaining);
        for (var i = 0; i < lines.Length; i++)
            if (parts[i] > 0)
                Take(lines[i], parts[i], of: null);
        return back;

        void Take(SoldLine line, long amount, (long DeliveryMinor, long TaxMinor)? of)
        {
            back.Add((line, of is { } known
                ? line.Refund(amount, known.DeliveryMinor, known.TaxMinor)
                : line.Refund(amount)));
            order.Changes.Lines.Add(line);
        }
    }
}
