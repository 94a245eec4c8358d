using Souk.Contracts.Payments;
using Souk.Payments.Gateways;
using Souk.Platform.Http;

namespace Souk.Payments.Domain;

/// <summary>
/// The money of one order: its payments and what is to be done next. All decisions about payments are made here, by whoever
/// holds the order's row; answers may come late, twice and in any order.
/// </summary>
internal sealed class OrderMoney
{
    public required Guid OrderId { get; init; }

    public Guid? AccountId { get; init; }

    public required string Currency { get; init; }

    public required long TotalMinor { get; init; }

    public string? ReturnUrl { get; init; }

    public OrderState State { get; set; }

    public DateTimeOffset? WaitingUntil { get; set; }

    public long CapturedMinor { get; set; }

    public long RefundsMinor { get; set; }

    public long RefundedMinor { get; set; }

    public bool Sold { get; set; }

    public List<Payment> Payments { get; } = [];

    /// <summary>Loaded where money is taken or given back.</summary>
    public List<SoldLine> Lines { get; } = [];

    /// <summary>Those that are not done; loaded with the lines.</summary>
    public List<Refund> Refunds { get; } = [];

    /// <summary>What the decisions changed, to be written.</summary>
    public OrderChanges Changes { get; } = new();

    /// <summary>What the payments that live bring, or may bring.</summary>
    public long PromisedMinor => Payments.Where(p => p.Lives).Sum(p => p.AmountMinor);

    /// <summary>What a new payment may be of: payments that still wait for their buyer would make room for it.</summary>
    public long OpenMinor => TotalMinor - Payments.Where(p => p.Lives && p.Status != PaymentStatus.RequiresAction).Sum(p => p.AmountMinor);

    /// <summary>Whether a new payment may be started now, by the clock of the database.</summary>
    public bool AwaitsPayment { get; init; }

    /// <summary>What may still be given back.</summary>
    public long RefundableMinor => CapturedMinor - RefundsMinor;

    /// <summary>The order is confirmed: what is held is taken.</summary>
    public void Confirm()
    {
        if (State != OrderState.Authorized)
            return;
        State = OrderState.Confirmed;
        if (TotalMinor == 0)
        {
            Settle();
            Changes.Events.Add(new PaymentCaptured(OrderId, Currency, CapturedMinor: 0));
        }
        foreach (var payment in Payments.Where(p => p.Lives))
            if (payment.Status == PaymentStatus.Authorized)
                Ask(OperationKind.Capture, payment);
            else
                Changes.Events.Add(new CaptureFailed(OrderId, payment.Id, "authorization_lost", Final: true));
    }

    /// <summary>The order is no more. What is not known yet is undone when it becomes known.</summary>
    public void Cancel(string reason)
    {
        if (State == OrderState.Cancelled)
            return;
        var wasConfirmed = State == OrderState.Confirmed;
        (State, WaitingUntil) = (OrderState.Cancelled, null);
        this.DropWaiting();
        foreach (var payment in Payments)
            LetGo(payment, captureUnderWay: wasConfirmed && payment.Status == PaymentStatus.Authorized);
        if (Sold)
            this.TakeBackFree(companyId: null);
        if (RefundableMinor > 0)
            this.GiveBack(RefundableMinor, companyId: null, reason, accountId: null);
        Voided();
    }

    /// <summary>One seller's part is no more; before the capture this waits for it.</summary>
    public void CancelPart(Guid companyId, long amountMinor, string reason)
    {
        if (State == OrderState.Cancelled)
            return;
        if (State != OrderState.Captured)
        {
            this.Await(amountMinor, companyId, reason);
            return;
        }
        this.TakeBackFree(companyId);
        var amount = Math.Min(amountMinor, Math.Min(RefundableMinor, this.RemainingMinor(companyId)));
        if (amount > 0)
            this.GiveBack(amount, companyId, reason, accountId: null);
    }

    /// <summary>Applies what a gateway said about one operation; the same twice changes nothing the second time.</summary>
    public void Apply(Operation operation, GatewayAnswer answer, int captureTriesMax)
    {
        var payment = Payments.Single(p => p.Id == operation.PaymentId);
        Changes.Transactions.Add((operation, answer, payment));
        if (answer.Reference is not null && payment.GatewayRef != answer.Reference)
        {
            payment.GatewayRef = answer.Reference;
            Touch(payment);
        }
        switch (answer.Outcome)
        {
            case GatewayOutcome.Authorized when operation.Kind is OperationKind.Authorize or OperationKind.Read:
                Authorized(payment);
                break;
            case GatewayOutcome.ActionRequired when operation.Kind is OperationKind.Authorize or OperationKind.Read:
                if (ActionRequired(payment, answer) && operation.Kind == OperationKind.Read)
                {
                    // Nothing new: webhooks get lost, so we look again until the buyer acted or the time is over.
                    Changes.Postponed.Add(operation with { After = Pauses.Look(payment) });
                    return;
                }
                break;
            case GatewayOutcome.Declined:
                Declined(payment, answer.Code ?? "declined", answer.Detail ?? "The payment was declined. Try another way to pay.");
                break;
            case GatewayOutcome.Captured:
                Captured(payment);
                break;
            case GatewayOutcome.Voided:
                GatewayVoided(payment);
                break;
            case GatewayOutcome.Refunded:
                this.RefundDone(operation, payment);
                break;
            case GatewayOutcome.Refused when operation.Kind == OperationKind.Capture:
                if (!CaptureRefused(payment, answer, operation.Attempts, captureTriesMax))
                    break;
                Changes.Postponed.Add(operation with { After = Pauses.Retry(operation.Attempts) });
                return;
            case GatewayOutcome.Refused when operation.Kind == OperationKind.Void:
                Ask(OperationKind.Read, payment);
                break;
            case GatewayOutcome.NotFound when operation.Kind == OperationKind.Read:
                break; // Its authorisation is still on the way, and repeats itself.
            default:
                // Unknown, undecided, or refused for now: ask again, later each time.
                Changes.Postponed.Add(operation with { After = Pauses.Retry(operation.Attempts) });
                return;
        }
        Changes.Done.Add(operation);
    }

    /// <summary>Adds a payment with which a buyer tries again, or pays later. Those that wait for an action make room for it.</summary>
    public void Retry(Payment payment)
    {
        if (PromisedMinor + payment.AmountMinor > TotalMinor)
            foreach (var waiting in Payments.Where(p => p.Lives && p.Status == PaymentStatus.RequiresAction))
                LetGo(waiting, captureUnderWay: false);
        State = OrderState.Due;
        Payments.Add(payment);
        Changes.NewPayments.Add(payment);
        Ask(OperationKind.Authorize, payment);
        Changes.Events.Add(new PaymentRetried(OrderId, payment.Id));
    }

    /// <summary>Ends a payment that is not captured; the order then lacks it. Staff.</summary>
    public void EndPayment(Payment payment)
    {
        if (!payment.Lives || !(State == OrderState.Due || (State == OrderState.Confirmed && payment.Status == PaymentStatus.CaptureFailed)))
            throw new RuleException("payment_move", $"A payment that is {Words.Of(payment.Status)} in an order that is {Words.Of(State)} cannot be voided. "
                + "What is captured is refunded, what belongs to an order is let go by cancelling it.");
        if (State == OrderState.Confirmed)
        {
            LetGo(payment, captureUnderWay: false);
            Changes.Events.Add(new CaptureFailed(OrderId, payment.Id, "voided", Final: true));
            return;
        }
        State = OrderState.Declined;
        foreach (var one in Payments.Where(p => p.Lives))
            LetGo(one, captureUnderWay: false);
        Changes.Events.Add(new PaymentDeclined(OrderId, payment.Id, "voided", "The payment was ended by the marketplace. Start another one."));
    }

    /// <summary>Lets one payment go; the order goes on without it.</summary>
    public void LetGo(Payment payment, bool captureUnderWay)
    {
        switch (payment.Status)
        {
            case PaymentStatus.Pending:
                payment.Unwanted = true; // Its answer decides what there is to undo.
                break;
            case PaymentStatus.Authorized when captureUnderWay:
                payment.Unwanted = true; // Taken or not: the answer comes, and is then undone.
                break;
            case PaymentStatus.RequiresAction or PaymentStatus.Authorized or PaymentStatus.CaptureFailed:
                payment.Unwanted = true;
                payment.Status = PaymentStatus.Voiding;
                Changes.CapturesToDrop.Add(payment.Id);
                Ask(OperationKind.Void, payment);
                break;
            default:
                return;
        }
        Touch(payment);
    }

    /// <summary>Tries a capture again at once that failed before. Staff.</summary>
    public void CaptureAgain(Payment payment)
    {
        if (State != OrderState.Confirmed || payment.Status != PaymentStatus.CaptureFailed || payment.Unwanted)
            throw new RuleException("payment_move", $"A payment that is {Words.Of(payment.Status)} in an order that is {Words.Of(State)} cannot be captured.");
        Changes.CapturesToDrop.Add(payment.Id);
        Ask(OperationKind.Capture, payment);
    }

    private void Authorized(Payment payment)
    {
        if (payment.Status is not (PaymentStatus.Pending or PaymentStatus.RequiresAction))
            return;
        (payment.Action, payment.ActionUrl) = (null, null);
        Touch(payment);
        payment.Status = PaymentStatus.Authorized;
        if (payment.Unwanted || State != OrderState.Due)
        {
            LetGo(payment, captureUnderWay: false); // A late success is undone like any other.
            return;
        }
        if (Payments.Where(p => p.Lives && p.Holds).Sum(p => p.AmountMinor) != TotalMinor)
            return;
        State = OrderState.Authorized;
        WaitingUntil = null;
        Changes.Events.Add(new PaymentsAuthorized(OrderId));
    }

    // Whether the payment waits for its buyer still.
    private bool ActionRequired(Payment payment, GatewayAnswer answer)
    {
        if (payment.Status == PaymentStatus.RequiresAction)
            return true;
        if (payment.Status != PaymentStatus.Pending)
            return false;
        (payment.Status, payment.Action, payment.ActionUrl, payment.ExpiresAt) = (PaymentStatus.RequiresAction, answer.Action, answer.Url, answer.ExpiresAt);
        Touch(payment);
        if (payment.Unwanted || State is not OrderState.Due)
        {
            LetGo(payment, captureUnderWay: false);
            return false;
        }
        Changes.Operations.Add(Operation(OperationKind.Read, payment) with { After = Pauses.Look(payment) });
        Changes.Events.Add(new PaymentActionRequired(OrderId, payment.Id, answer.Action!, answer.Url!, answer.ExpiresAt!.Value));
        return true;
    }

    private void Declined(Payment payment, string code, string detail)
    {
        if (payment.Status is PaymentStatus.Voiding)
        {
            GatewayVoided(payment); // It was to be let go, and nothing is held.
            return;
        }
        if (payment.Status is not (PaymentStatus.Pending or PaymentStatus.RequiresAction or PaymentStatus.Authorized) || (payment.Status == PaymentStatus.Authorized && State == OrderState.Confirmed))
            return;
        var wanted = payment.Lives;
        (payment.Status, payment.Code, payment.Detail) = (PaymentStatus.Declined, code, detail);
        Over(payment);
        if (wanted && State is OrderState.Due)
        {
            State = OrderState.Declined;
            foreach (var other in Payments.Where(p => p.Lives))
                LetGo(other, captureUnderWay: false);
            Changes.Events.Add(new PaymentDeclined(OrderId, payment.Id, code, detail));
        }
        Voided();
    }

    private void Captured(Payment payment)
    {
        if (payment.Status == PaymentStatus.Captured)
            return;
        (payment.Status, payment.CapturedMinor, payment.Code, payment.Detail) = (PaymentStatus.Captured, payment.AmountMinor, null, null);
        CapturedMinor += payment.AmountMinor;
        Over(payment);
        Changes.Journals.Add(Journal.Capture(payment));
        // Also of an order that is no more: who hears of its refunds has to know of what.
        Changes.Events.Add(new PaymentCaptured(OrderId, Currency, CapturedMinor));
        if (payment.Unwanted || State is OrderState.Cancelled)
        {
            this.GiveBack(payment.CapturedMinor, companyId: null, "cancelled", accountId: null, only: payment);
            return;
        }
        if (CapturedMinor == TotalMinor)
            Settle();
    }

    // All is captured: the sale goes into the books, and what was cancelled meanwhile goes back.
    private void Settle()
    {
        State = OrderState.Captured;
        Sold = true;
        Changes.Journals.Add(Journal.Sale(OrderId, Lines));
        this.BeginWaiting();
    }

    // Whether it is to be tried again.
    private bool CaptureRefused(Payment payment, GatewayAnswer answer, int attempts, int triesMax)
    {
        if (payment.Status is not (PaymentStatus.Authorized or PaymentStatus.CaptureFailed))
            return false;
        var first = payment.Status == PaymentStatus.Authorized;
        (payment.Status, payment.Code, payment.Detail) = (PaymentStatus.CaptureFailed, answer.Code, answer.Detail);
        Touch(payment);
        if (payment.Unwanted || State == OrderState.Cancelled)
        {
            LetGo(payment, captureUnderWay: false);
            return false;
        }
        var final = answer.Permanent || attempts >= triesMax;
        if (first || final)
            Changes.Events.Add(new CaptureFailed(OrderId, payment.Id, answer.Code ?? "refused", final));
        return !final;
    }

    private void GatewayVoided(Payment payment)
    {
        if (payment.Status is PaymentStatus.Voided or PaymentStatus.Declined or PaymentStatus.Captured)
            return;
        var wanted = payment.Lives;
        payment.Status = PaymentStatus.Voided;
        Over(payment);
        if (wanted && State is OrderState.Due)
        {
            State = OrderState.Declined;
            foreach (var other in Payments.Where(p => p.Lives))
                LetGo(other, captureUnderWay: false);
            Changes.Events.Add(new PaymentDeclined(OrderId, payment.Id, "expired", "The payment was not made in time. Start another one."));
        }
        else if (wanted && State is OrderState.Confirmed)
        {
            Changes.Events.Add(new CaptureFailed(OrderId, payment.Id, "authorization_lost", Final: true));
        }
        Voided();
    }

    // Says so once when an order that is no more holds nothing and never took anything.
    private void Voided()
    {
        if (State == OrderState.Cancelled && CapturedMinor == 0 && Payments.TrueForAll(p => p.Status is PaymentStatus.Declined or PaymentStatus.Voided))
            Changes.Events.Add(new PaymentsVoided(OrderId));
    }

    private void Ask(OperationKind kind, Payment payment) => Changes.Operations.Add(Operation(kind, payment));

    private Operation Operation(OperationKind kind, Payment payment) =>
        new(Guid.CreateVersion7(), kind, payment.Id, OrderId, RefundId: null, payment.AmountMinor);

    private void Over(Payment payment)
    {
        Touch(payment);
        if (payment.ExpiresAt is not null)
            Changes.LooksToDrop.Add(payment.Id);
    }

    private void Touch(Payment payment) => Changes.Payments.Add(payment);
}
