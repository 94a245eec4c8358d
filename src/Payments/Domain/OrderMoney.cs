using Souk.Contracts.Payments;
using Souk.Platform.Http;

namespace Souk.Payments.Domain;

/// <summary>
/// The money of one order: its payments and what is to be done next. What becomes of the order, and what buyers and staff ask
/// for, is decided here; what gateways say in <see cref="Answering" />, what goes back in <see cref="Refunding" />. All of it
/// by whoever holds the order's row.
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

    /// <summary>Loaded where a gateway speaks of one.</summary>
    public List<Dispute> Disputes { get; } = [];

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
        Lack(payment, "voided", "The payment was ended by the marketplace. Start another one.");
    }

    /// <summary>Lets one payment go; the order goes on without it.</summary>
    public void LetGo(Payment payment, bool captureUnderWay)
    {
        this.EndReview(payment);
        switch (payment.Status)
        {
            case PaymentStatus.Pending:
                payment.Unwanted = true; // Its answer decides what there is to undo.
                break;
            case PaymentStatus.Authorized when captureUnderWay:
                payment.Unwanted = true; // Taken or not: the answer comes, and is then undone.
                break;
            case PaymentStatus.RequiresAction or PaymentStatus.InReview or PaymentStatus.Authorized
                or PaymentStatus.CaptureFailed:
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

    /// <summary>Tells Orders when all that is due is authorised, and nothing of it is in review.</summary>
    public void CompleteAuthorization()
    {
        if (Payments.Where(p => p.Lives && p.Holds).Sum(p => p.AmountMinor) != TotalMinor)
            return;
        (State, WaitingUntil) = (OrderState.Authorized, null);
        Changes.Events.Add(new PaymentsAuthorized(OrderId));
    }

    /// <summary>Tries a capture again at once that failed before. Staff.</summary>
    public void CaptureAgain(Payment payment)
    {
        if (State != OrderState.Confirmed || payment.Status != PaymentStatus.CaptureFailed || payment.Unwanted)
            throw new RuleException("payment_move", $"A payment that is {Words.Of(payment.Status)} in an order that is {Words.Of(State)} cannot be captured.");
        Changes.CapturesToDrop.Add(payment.Id);
        Ask(OperationKind.Capture, payment);
    }

    /// <summary>A payment that was counted on ended before the order was authorized: the others are let go, another one may follow.</summary>
    public void Lack(Payment payment, string code, string detail)
    {
        State = OrderState.Declined;
        foreach (var other in Payments.Where(p => p.Lives))
            LetGo(other, captureUnderWay: false);
        Changes.Events.Add(new PaymentDeclined(OrderId, payment.Id, code, detail));
    }

    /// <summary>All is captured: the sale goes into the books, and what was cancelled meanwhile goes back.</summary>
    public void Settle()
    {
        State = OrderState.Captured;
        Sold = true;
        Changes.Journals.Add(Journal.Sale(OrderId, Lines));
        this.BeginWaiting();
    }

    /// <summary>Says so once when an order that is no more holds nothing and never took anything.</summary>
    public void Voided()
    {
        if (State == OrderState.Cancelled && CapturedMinor == 0 && Payments.Count > 0
            && Payments.TrueForAll(p => p.Status is PaymentStatus.Declined or PaymentStatus.Voided))
            Changes.Events.Add(new PaymentsVoided(OrderId));
    }

    /// <summary>Asks the payment's gateway for something.</summary>
    public void Ask(OperationKind kind, Payment payment, TimeSpan after = default) => Changes.Operations.Add(
        new Operation(Guid.CreateVersion7(), kind, payment.Id, OrderId, RefundId: null, payment.AmountMinor, After: after));

    /// <summary>The payment changed.</summary>
    public void Touch(Payment payment) => Changes.Payments.Add(payment);
}
