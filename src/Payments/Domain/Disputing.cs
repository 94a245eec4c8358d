using Souk.Contracts.Payments;
using Souk.Payments.Gateways;

namespace Souk.Payments.Domain;

/// <summary>
/// What disputes do to the money of an order. An open one holds everybody's share like a refund that is not through: it can
/// neither be refunded nor paid out meanwhile. Won, it is theirs again; lost, the buyer has it.
/// </summary>
internal static class Disputing
{
    /// <summary>Applies what the gateway has in its books about a payment; the same twice changes nothing the second time.</summary>
    public static void Apply(this OrderMoney order, Payment payment, IEnumerable<GatewayDispute> disputes)
    {
        if (payment.CapturedMinor == 0)
            return; // Nothing was taken, so nothing can be asked back.
        foreach (var said in disputes)
        {
            var dispute = order.Disputes.Find(d => d.Gateway == payment.Gateway && d.GatewayRef == said.Reference)
                ?? Hold(order, payment, said);
            if (dispute.RespondBy != said.RespondBy)
            {
                dispute.RespondBy = said.RespondBy;
                order.Changes.Disputes.Add(dispute);
            }
            if (dispute.Status != DisputeStatus.Open || said.Status == DisputeStatus.Open)
                continue;
            dispute.Status = said.Status;
            order.Changes.Disputes.Add(dispute);
            if (said.Status == DisputeStatus.Won)
                Release(order, payment, dispute);
            else
                Lose(order, payment, dispute);
        }
    }

    private static Dispute Hold(OrderMoney order, Payment payment, GatewayDispute said)
    {
        var held = order.Sold
            ? Math.Min(said.AmountMinor, Math.Min(order.RefundableMinor, payment.CapturedMinor - payment.RefundsMinor))
            : 0;
        var dispute = new Dispute
        {
            Id = Guid.CreateVersion7(), PaymentId = payment.Id, OrderId = order.OrderId, Gateway = payment.Gateway,
            GatewayRef = said.Reference, AmountMinor = said.AmountMinor, HeldMinor = held, Reason = said.Reason,
            RespondBy = said.RespondBy,
        };
        order.Disputes.Add(dispute);
        order.Changes.Disputes.Add(dispute);
        if (held == 0)
            return dispute;
        order.RefundsMinor += held;
        payment.RefundsMinor += held;
        order.Touch(payment);
        dispute.Lines.AddRange(order.TakeFromLines(held, companyId: null)
            .Select(back => new HeldLine(back.Line.LineId, back.Line.CompanyId, back.Shares)));
        order.Changes.Journals.Add(Journal.Dispute(dispute));
        return dispute;
    }

    private static void Release(OrderMoney order, Payment payment, Dispute dispute)
    {
        if (dispute.HeldMinor == 0)
            return;
        order.RefundsMinor -= dispute.HeldMinor;
        payment.RefundsMinor -= dispute.HeldMinor;
        order.Touch(payment);
        foreach (var held in dispute.Lines)
        {
            var line = order.Lines.Single(l => l.LineId == held.LineId);
            line.Release(held.Shares);
            order.Changes.Lines.Add(line);
        }
        order.Changes.Journals.Add(Journal.DisputeWon(dispute));
        // The order was given up meanwhile: its buyer gets it back after all, from us.
        if (order.State == OrderState.Cancelled)
            order.GiveBack(dispute.HeldMinor, companyId: null, "cancelled", accountId: null, only: payment);
    }

    private static void Lose(OrderMoney order, Payment payment, Dispute dispute)
    {
        order.Changes.Journals.Add(Journal.DisputeLost(dispute));
        if (dispute.HeldMinor == 0)
            return;
        order.RefundedMinor += dispute.HeldMinor;
        payment.RefundedMinor += dispute.HeldMinor;
        order.Touch(payment);
        order.Changes.Events.Add(new PaymentRefunded(
            order.OrderId, dispute.Id, CompanyId: null, order.Currency, dispute.HeldMinor, order.RefundedMinor,
            "chargeback"));
    }
}
