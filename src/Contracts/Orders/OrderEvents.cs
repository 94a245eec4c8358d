namespace Souk.Contracts.Orders;

/// <summary>An order was placed; its stock is not reserved yet.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="Country">Where it goes, for the choice of warehouse.</param>
/// <param name="Lines">What to reserve; never empty, each offer once.</param>
/// <param name="ReserveFor">How long the reservation lives when nobody confirms the order.</param>
/// <param name="Postcode">Where it goes, for the choice of warehouse; null from programs that did not say it.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
public sealed record OrderPlaced(
    Guid OrderId, string Country, LineQuantity[] Lines, TimeSpan ReserveFor, string? Postcode = null,
    Guid? AccountId = null) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>Stock is reserved; the payments of the order are to be authorised. Without one, its buyer starts them later.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
/// <param name="Currency">Currency of all amounts.</param>
/// <param name="TotalMinor">What the payments must sum to.</param>
/// <param name="Payments">The payments to authorise; empty for an order that waits for them, as <see cref="OrderAwaitsPayment" /> says next.</param>
/// <param name="Lines">The lines with their money, from which commission and the ledger follow.</param>
/// <param name="ReturnUrl">Where a redirecting payment sends the browser afterwards.</param>
/// <param name="Country">Where the order goes, ISO 3166-1 alpha-2; null from programs that did not say it.</param>
public sealed record PaymentDue(
    Guid OrderId, Guid? AccountId, string Currency, long TotalMinor, PaymentIntent[] Payments, OrderedLine[] Lines,
    string? ReturnUrl,
    string? Country = null) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>The order waits for its buyer: a redirect to follow, a bank slip to pay, or a new payment.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="Deadline">When it is cancelled if nothing was paid.</param>
/// <param name="Answer">202 with the order and what to do.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
public sealed record OrderAwaitsPayment(Guid OrderId, DateTimeOffset Deadline, OrderAnswer Answer, Guid? AccountId = null) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>
/// A payment of the order is reviewed first. The buyer has nothing to do; <see cref="OrderConfirmed" /> or
/// <see cref="OrderCancelled" /> follows.
/// </summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="Number">The number people use.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
/// <param name="ContactId">Name and addresses, kept by Carts.</param>
/// <param name="Currency">Currency of all amounts.</param>
/// <param name="TotalMinor">Sum of the lines' totals.</param>
/// <param name="Lines">What is to be sold.</param>
public sealed record OrderHeld(
    Guid OrderId, string Number, Guid? AccountId, Guid ContactId, string Currency, long TotalMinor, OrderedLine[] Lines)
    : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>Stock is reserved and the payments are authorised: the sale is made.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="Number">The number people use.</param>
/// <param name="CartId">The cart to empty; null for a checkout without a cart.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
/// <param name="ContactId">Name and addresses, kept by Carts.</param>
/// <param name="Currency">Currency of all amounts.</param>
/// <param name="TotalMinor">Sum of the lines' totals.</param>
/// <param name="Lines">What was sold.</param>
/// <param name="Parts">One per seller.</param>
/// <param name="Answer">201 with the order.</param>
/// <param name="Country">Where it goes, for the choice of warehouse where the reservation lapsed; null from programs that did not say it.</param>
/// <param name="Postcode">As <paramref name="Country" />.</param>
public sealed record OrderConfirmed(
    Guid OrderId,
    string Number,
    Guid? CartId,
    Guid? AccountId,
    Guid ContactId,
    string Currency,
    long TotalMinor,
    OrderedLine[] Lines,
    OrderedPart[] Parts,
    OrderAnswer Answer,
    string? Country = null,
    string? Postcode = null) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>The order never came about: no stock, or the payment was declined and no other is expected. Nothing stays taken.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="CartId">The cart to give back to its buyer; null for a checkout without a cart.</param>
/// <param name="Code">The problem code, for example <c>out_of_stock</c>.</param>
/// <param name="Answer">409 or 402 with the problem.</param>
public sealed record OrderRefused(Guid OrderId, Guid? CartId, string Code, OrderAnswer Answer) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>An order that was confirmed, or waited for its payment, was cancelled as a whole.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="CartId">The cart it came from.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
/// <param name="ContactId">Name and addresses, kept by Carts.</param>
/// <param name="Reason">Why, in a word of the timeline: <c>buyer</c>, <c>seller</c>, <c>staff</c>, <c>payment_expired</c>, <c>capture_failed</c>.</param>
/// <param name="WasConfirmed">Whether the sale had been made; then its mails are sent.</param>
/// <param name="Lines">The pieces to release; those of parts that were cancelled before are not among them.</param>
public sealed record OrderCancelled(
    Guid OrderId, Guid? CartId, Guid? AccountId, Guid ContactId, string Reason, bool WasConfirmed, LineQuantity[] Lines) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>One seller's part of an order that goes on was cancelled before it shipped.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="PartId">The part.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
/// <param name="ContactId">Name and addresses, kept by Carts.</param>
/// <param name="Reason">Why.</param>
/// <param name="Lines">The pieces to release.</param>
/// <param name="RefundMinor">What the buyer gets back: the total of the part.</param>
public sealed record PartCancelled(
    Guid OrderId, Guid PartId, Guid CompanyId, Guid? AccountId, Guid ContactId, string Reason, LineQuantity[] Lines, long RefundMinor) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>A part left its seller, or one of several parcels of it: what was reserved is sold.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="PartId">The part.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
/// <param name="ContactId">Name and addresses, kept by Carts.</param>
/// <param name="Carrier">Who carries it; may be missing.</param>
/// <param name="TrackingNumber">The carrier's number; may be missing.</param>
/// <param name="Lines">The pieces that left, which may be some of a line.</param>
/// <param name="ShipmentId">The parcel; null from programs that knew whole parts only.</param>
public sealed record PartShipped(
    Guid OrderId,
    Guid PartId,
    Guid CompanyId,
    Guid? AccountId,
    Guid ContactId,
    string? Carrier,
    string? TrackingNumber,
    LineQuantity[] Lines,
    Guid? ShipmentId = null) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>A part reached its buyer, with the last of its parcels.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="PartId">The part.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="Lines">The pieces that arrived.</param>
public sealed record PartDelivered(Guid OrderId, Guid PartId, Guid CompanyId, LineQuantity[] Lines) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}
