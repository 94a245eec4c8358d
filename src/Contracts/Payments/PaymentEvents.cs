namespace Souk.Contracts.Payments;

/// <summary>All payments of the order are authorised; together they reach its total.</summary>
/// <param name="OrderId">The order; also the key.</param>
public sealed record PaymentsAuthorized(Guid OrderId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>A payment was declined. What others of the order had authorised is voided.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="PaymentId">The payment that failed.</param>
/// <param name="Code">Why, a stable word: <c>card_declined</c>, <c>insufficient_funds</c>, <c>expired</c>, <c>authentication_failed</c>.</param>
/// <param name="Detail">A sentence for the buyer.</param>
public sealed record PaymentDeclined(Guid OrderId, Guid PaymentId, string Code, string Detail) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>A payment needs its buyer to act before it goes on, or somebody of the marketplace to look at it.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="PaymentId">The payment.</param>
/// <param name="Action"><c>redirect</c>, <c>bank_slip</c>, or <c>review</c>: the buyer has nothing to do.</param>
/// <param name="Url">Where to go, where the slip is, or where to see what became of it.</param>
/// <param name="ExpiresAt">Until when; the reservation and the order wait as long.</param>
public sealed record PaymentActionRequired(Guid OrderId, Guid PaymentId, string Action, string Url, DateTimeOffset ExpiresAt) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>Somebody reviewed a payment and did not trust it. It was let go; its order waits for another.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="PaymentId">The payment.</param>
public sealed record PaymentRejected(Guid OrderId, Guid PaymentId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>
/// Money of the order was taken: one of its payments is captured and stands in the ledger. That may be after the order
/// was cancelled; it then goes back, and <see cref="PaymentRefunded" /> follows.
/// </summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="Currency">Currency of the amount.</param>
/// <param name="CapturedMinor">Sum of all captures of the order so far; when it is the order's total, all is.</param>
public sealed record PaymentCaptured(Guid OrderId, string Currency, long CapturedMinor) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>The gateway refused to capture what it had authorised. It is tried again until it works or the order is cancelled.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="PaymentId">The payment.</param>
/// <param name="Reason">What the gateway said, a stable word.</param>
/// <param name="Final">True when no more tries follow: the order must be compensated.</param>
public sealed record CaptureFailed(Guid OrderId, Guid PaymentId, string Reason, bool Final) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>Everything that was authorised for the order was let go; nothing had been captured.</summary>
/// <param name="OrderId">The order; also the key.</param>
public sealed record PaymentsVoided(Guid OrderId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>Money went back to the buyer and the ledger says so.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="RefundId">The refund.</param>
/// <param name="CompanyId">The seller it concerns; null when it is the whole order.</param>
/// <param name="Currency">Currency of the amounts.</param>
/// <param name="AmountMinor">This refund.</param>
/// <param name="RefundedMinor">All refunds of the order so far.</param>
/// <param name="Reason">Why.</param>
public sealed record PaymentRefunded(
    Guid OrderId, Guid RefundId, Guid? CompanyId, string Currency, long AmountMinor, long RefundedMinor, string Reason) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>
/// A buyer started another payment (<c>POST /payments</c>) for an order that awaits one. Orders keeps the reservation
/// alive while it runs.
/// </summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="PaymentId">The new payment.</param>
public sealed record PaymentRetried(Guid OrderId, Guid PaymentId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}
