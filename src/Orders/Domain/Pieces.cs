namespace Souk.Orders.Domain;

/// <summary>What became of the pieces of a line since it was bought.</summary>
/// <param name="TakenOff">By an edit, before they left.</param>
/// <param name="Shipped">Left their seller; those that came back are among them.</param>
/// <param name="Returned">Came back.</param>
/// <param name="Refunded">Pieces for which the buyer got money back, or will.</param>
/// <param name="RefundMinor">How much.</param>
internal readonly record struct Pieces(int TakenOff, int Shipped, int Returned, int Refunded, long RefundMinor)
{
    public Pieces With(PieceMove move) => new(
        TakenOff + (move.Kind == PieceMoveKind.TakenOff ? move.Quantity : 0),
        Shipped + (move.Kind == PieceMoveKind.Shipped ? move.Quantity : 0),
        Returned + (move.Kind == PieceMoveKind.Returned ? move.Quantity : 0),
        Refunded + move.Refunded,
        RefundMinor + move.RefundMinor);
}

/// <summary>Why pieces moved.</summary>
internal enum PieceMoveKind
{
    /// <summary>An edit took them off the order before they left.</summary>
    TakenOff,

    /// <summary>They left their seller.</summary>
    Shipped,

    /// <summary>They came back.</summary>
    Returned,
}

/// <summary>Pieces of a line that went one way, and the money that goes back for them. Appended, never changed.</summary>
internal sealed class PieceMove
{
    public Guid OrderId { get; init; }
    public long Id { get; init; }
    public Guid PartId { get; init; }
    public Guid LineId { get; init; }
    public PieceMoveKind Kind { get; init; }
    public int Quantity { get; init; }
    public int Refunded { get; init; }
    public long RefundMinor { get; init; }
    public Guid CauseId { get; init; }
    public DateTimeOffset At { get; init; }
}

/// <summary>A parcel: some pieces of a part, or all of them.</summary>
internal sealed class Shipment
{
    public Guid OrderId { get; init; }
    public Guid Id { get; init; }
    public Guid PartId { get; init; }
    public string? Carrier { get; init; }
    public string? TrackingNumber { get; init; }
    public DateTimeOffset ShippedAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; set; }
}
