using Souk.Contracts.Payments;
using Souk.Payments.Gateways;

namespace Souk.Payments.Domain;

/// <summary>What answers of gateways do to the money of an order. They may come late, twice and in any order.</summary>
internal static class Answering
{
    /// <summary>Applies what a gateway said about one operation; the same twice changes nothing the second time.</summary>
    public static void Apply(
        this OrderMoney order, Operation operation, GatewayAnswer answer, int captureTriesMax,
        Suspicion? suspicion = null)
    {
        var payment = order.Payments.Single(p => p.Id == operation.PaymentId);
        order.Changes.Transactions.Add((operation, answer, payment));
        if (answer.Reference is not null && payment.GatewayRef != answer.Reference)
        {
            payment.GatewayRef = answer.Reference;
            order.Touch(payment);
        }
        switch (answer.Outcome)
        {
            case GatewayOutcome.Authorized when operation.Kind is OperationKind.Authorize or OperationKind.Read:
                Authorized(order, payment, suspicion);
                break;
            case GatewayOutcome.ActionRequired when operation.Kind is OperationKind.Authorize or OperationKind.Read:
                if (ActionRequired(order, payment, answer) && operation.Kind == OperationKind.Read)
                {
                    // Nothing new: webhooks get lost, so we look again until the buyer acted or the time is over.
                    order.Changes.Postponed.Add(operation with { After = Pauses.Look(payment) });
                    return;
                }
                break;
            case GatewayOutcome.Declined:
                Declined(order, payment, answer.Code ?? "declined", answer.Detail ?? "The payment was declined. Try another way to pay.");
                break;
            case GatewayOutcome.Captured:
                Captured(order, payment);
                break;
            case GatewayOutcome.Voided:
                GatewayVoided(order, payment);
                break;
            case GatewayOutcome.Refunded:
                order.RefundDone(operation, payment);
                break;
            case GatewayOutcome.Disputed:
                order.Apply(payment, answer.Disputes);
                break;
            case GatewayOutcome.Refused when operation.Kind == OperationKind.Capture:
                if (!CaptureRefused(order, payment, answer, operation.Attempts, captureTriesMax))
                    break;
                order.Changes.Postponed.Add(operation with { After = Pauses.Retry(operation.Attempts) });
                return;
            case GatewayOutcome.Refused when operation.Kind == OperationKind.Void:
                order.Ask(OperationKind.Read, payment);
                break;
            case GatewayOutcome.NotFound when operation.Kind == OperationKind.Read:
                break; // Its authorisation is still on the way, and repeats itself.
            default:
                // Unknown, undecided, or refused for now: ask again, later each time.
                order.Changes.Postponed.Add(operation with { After = Pauses.Retry(operation.Attempts) });
                return;
        }
        order.Changes.Done.Add(operation);
    }

    private static void Authorized(OrderMoney order, Payment payment, Suspicion? suspicion)
    {
        if (payment.Status is not (PaymentStatus.Pending or PaymentStatus.RequiresAction))
            return;
        (payment.Action, payment.ActionUrl) = (null, null);
        order.Touch(payment);
        payment.Status = PaymentStatus.Authorized;
        if (payment.Unwanted || order.State != OrderState.Due)
        {
            order.LetGo(payment, captureUnderWay: false); // A late success is undone like any other.
            return;
        }
        if (suspicion is not null)
            order.Suspect(payment, suspicion);
        else
            order.CompleteAuthorization();
    }

    // Whether the payment waits for its buyer still.
    private static bool ActionRequired(OrderMoney order, Payment payment, GatewayAnswer answer)
    {
        if (payment.Status == PaymentStatus.RequiresAction)
            return true;
        if (payment.Status != PaymentStatus.Pending)
            return false;
        (payment.Status, payment.Action, payment.ActionUrl, payment.ExpiresAt) = (PaymentStatus.RequiresAction, answer.Action, answer.Url, answer.ExpiresAt);
        order.Touch(payment);
        if (payment.Unwanted || order.State is not OrderState.Due)
        {
            order.LetGo(payment, captureUnderWay: false);
            return false;
        }
        order.Ask(OperationKind.Read, payment, after: Pauses.Look(payment));
        order.Changes.Events.Add(new PaymentActionRequired(order.OrderId, payment.Id, answer.Action!, answer.Url!, answer.ExpiresAt!.Value));
        return true;
    }

    private static void Declined(OrderMoney order, Payment payment, string code, string detail)
    {
        if (payment.Status is PaymentStatus.Voiding)
        {
            GatewayVoided(order, payment); // It was to be let go, and nothing is held.
            return;
        }
        if (payment.Status is not (PaymentStatus.Pending or PaymentStatus.RequiresAction or PaymentStatus.InReview
                or PaymentStatus.Authorized)
            || (payment.Status == PaymentStatus.Authorized && order.State == OrderState.Confirmed))
            return;
        var wanted = payment.Lives;
        order.EndReview(payment);
        (payment.Status, payment.Code, payment.Detail) = (PaymentStatus.Declined, code, detail);
        Over(order, payment);
        if (wanted && order.State is OrderState.Due)
            order.Lack(payment, code, detail);
        order.Voided();
    }

    private static void Captured(OrderMoney order, Payment payment)
    {
        if (payment.Status == PaymentStatus.Captured)
            return;
        (payment.Status, payment.CapturedMinor, payment.Code, payment.Detail) = (PaymentStatus.Captured, payment.AmountMinor, null, null);
        order.CapturedMinor += payment.AmountMinor;
        Over(order, payment);
        order.Changes.Journals.Add(Journal.Capture(payment));
        // Also of an order that is no more: who hears of its refunds has to know of what.
        order.Changes.Events.Add(new PaymentCaptured(order.OrderId, order.Currency, order.CapturedMinor));
        if (payment.Unwanted || order.State is OrderState.Cancelled)
        {
            order.GiveBack(payment.CapturedMinor, companyId: null, "cancelled", accountId: null, only: payment);
            return;
        }
        if (order.CapturedMinor == order.TotalMinor)
            order.Settle();
    }

    // Whether it is to be tried again.
    private static bool CaptureRefused(OrderMoney order, Payment payment, GatewayAnswer answer, int attempts, int triesMax)
    {
        if (payment.Status is not (PaymentStatus.Authorized or PaymentStatus.CaptureFailed))
            return false;
        var first = payment.Status == PaymentStatus.Authorized;
        (payment.Status, payment.Code, payment.Detail) = (PaymentStatus.CaptureFailed, answer.Code, answer.Detail);
        order.Touch(payment);
        if (payment.Unwanted || order.State == OrderState.Cancelled)
        {
            order.LetGo(payment, captureUnderWay: false);
            return false;
        }
        var final = answer.Permanent || attempts >= triesMax;
        if (first || final)
            order.Changes.Events.Add(new CaptureFailed(order.OrderId, payment.Id, answer.Code ?? "refused", final));
        return !final;
    }

    private static void GatewayVoided(OrderMoney order, Payment payment)
    {
        if (payment.Status is PaymentStatus.Voided or PaymentStatus.Declined or PaymentStatus.Captured)
            return;
        var wanted = payment.Lives;
        order.EndReview(payment);
        payment.Status = PaymentStatus.Voided;
        Over(order, payment);
        if (wanted && order.State is OrderState.Due)
            order.Lack(payment, "expired", "The payment was not made in time. Start another one.");
        else if (wanted && order.State is OrderState.Confirmed)
            order.Changes.Events.Add(new CaptureFailed(order.OrderId, payment.Id, "authorization_lost", Final: true));
        order.Voided();
    }

    private static void Over(OrderMoney order, Payment payment)
    {
        order.Touch(payment);
        if (payment.ExpiresAt is not null)
            order.Changes.LooksToDrop.Add(payment.Id);
    }
}
