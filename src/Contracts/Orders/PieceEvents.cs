namespace Souk.Contracts.Orders;

/// <summary>Goods of an order came back and are to be sold again.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="ReturnId">The return.</param>
/// <param name="CompanyId">Whose goods they are.</param>
/// <param name="AccountId">Who received them; null for a program.</param>
/// <param name="WarehouseId">Where they lie; null for the seller's default warehouse.</param>
/// <param name="Lines">The pieces that are as good as new; those that are not are not among them.</param>
public sealed record GoodsReturned(
    Guid OrderId, Guid ReturnId, Guid CompanyId, Guid? AccountId, Guid? WarehouseId, LineQuantity[] Lines) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>
/// A return was asked for, or came further. That its money is with the buyer, <see cref="Payments.PaymentRefunded" /> says.
/// </summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="ReturnId">The return.</param>
/// <param name="CompanyId">Whose goods they are.</param>
/// <param name="Status"><c>requested</c>, <c>approved</c>, <c>rejected</c>, <c>withdrawn</c> or <c>received</c>.</param>
/// <param name="Reason">Why they come back, a stable word.</param>
/// <param name="Lines">The pieces; of goods that were received those that came.</param>
public sealed record ReturnMoved(
    Guid OrderId, Guid ReturnId, Guid CompanyId, string Status, string Reason, LineQuantity[] Lines) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>
/// A buyer is to get money back for certain pieces: for goods that came back, or that were taken off the order before they
/// left. Payments answers with <see cref="Payments.PaymentRefunded" /> or <see cref="Payments.RefundSkipped" />.
/// </summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="RefundId">The refund to make.</param>
/// <param name="CompanyId">The seller whose lines they are.</param>
/// <param name="AccountId">Who granted it; null for a guest or a program.</param>
/// <param name="Reason">A stable word: <c>return</c> or <c>edit</c>.</param>
/// <param name="Lines">What goes back, line by line; never empty.</param>
public sealed record RefundDue(
    Guid OrderId, Guid RefundId, Guid CompanyId, Guid? AccountId, string Reason, RefundedLine[] Lines) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>What goes back of a line, in minor units of the order's currency.</summary>
/// <param name="LineId">The line.</param>
/// <param name="TotalMinor">All of it, more than 0.</param>
/// <param name="DeliveryMinor">Of this for the delivery, net of tax.</param>
/// <param name="TaxMinor">Of this tax.</param>
public sealed record RefundedLine(Guid LineId, long TotalMinor, long DeliveryMinor, long TaxMinor);

/// <summary>Pieces were taken off a part before they left: nobody will ship them.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="PartId">The part, of which other pieces stay.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="Lines">The pieces to release.</param>
public sealed record PiecesTakenOff(Guid OrderId, Guid PartId, Guid CompanyId, LineQuantity[] Lines) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}
