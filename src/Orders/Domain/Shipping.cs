using Souk.Contracts.Orders;
using Souk.Platform.Http;

namespace Souk.Orders.Domain;

/// <summary>
/// How a part leaves its seller and arrives: in one parcel or in several. It is shipped when all of it has left, and
/// delivered when all parcels have arrived.
/// </summary>
internal static class Shipping
{
    /// <summary>Pieces leave their seller. Nothing leaves before its money was taken.</summary>
    /// <param name="order">The order.</param>
    /// <param name="part">Of which part.</param>
    /// <param name="pieces">Which ones; null for all that are left.</param>
    /// <param name="carrier">Who carries them.</param>
    /// <param name="trackingNumber">The carrier's number.</param>
    /// <param name="actor">Who ships.</param>
    /// <returns>The parcel and what is in it.</returns>
    public static (Shipment Shipment, LineQuantity[] Pieces) Ship(
        this Order order, OrderPart part, IReadOnlyList<LineQuantity>? pieces, string? carrier, string? trackingNumber,
        Actor actor)
    {
        order.Demand(part, PartStatus.Shipped);
        if (order.CapturedAt is null)
            throw new RuleException(
                "not_captured", "The money of this order has not been taken yet. Nothing ships before that.");
        var open = order.Open(part);
        LineQuantity[] leaving = pieces is null ? open : [.. pieces];
        if (pieces is { Count: 0 })
            throw new RuleException("order_move", "All of these pieces have left.");
        var shipment = new Shipment
        {
            OrderId = order.Id,
            Id = Guid.CreateVersion7(),
            PartId = part.Id,
            Carrier = carrier,
            TrackingNumber = trackingNumber,
            ShippedAt = actor.At,
        };
        order.Shipments.Add(shipment);
        foreach (var piece in leaving)
            order.Move(part, part.Line(piece.LineId), PieceMoveKind.Shipped, piece.Quantity, shipment.Id, actor);
        // A part shows its last parcel.
        (part.Carrier, part.TrackingNumber) = (carrier, trackingNumber);
        part.ShippedAt ??= actor.At;
        if (leaving.Sum(piece => piece.Quantity) < open.Sum(piece => piece.Quantity))
            order.Note(part, "partly_shipped", actor);
        else
            order.MovePart(part, PartStatus.Shipped, actor, note: null);
        order.Follow(actor, note: null);
        return (shipment, leaving);
    }

    /// <summary>A parcel reached its buyer; with the last of them the part did. The order knows all its shipments.</summary>
    /// <returns>Whether the part did.</returns>
    public static bool Deliver(this Order order, OrderPart part, Shipment shipment, Actor actor)
    {
        if (shipment.DeliveredAt is not null)
            throw new RuleException(
                "order_move", "This parcel was delivered before. Nothing more can be done with it.");
        shipment.DeliveredAt = actor.At;
        if (part.Status != PartStatus.Shipped || order.UnderWay(part) is not [])
        {
            order.Note(part, "partly_delivered", actor);
            return false;
        }
        order.Deliver(part, actor);
        return true;
    }

    /// <summary>All of a part reached its buyer. The order knows all its shipments.</summary>
    public static void Deliver(this Order order, OrderPart part, Actor actor)
    {
        order.Demand(part, PartStatus.Delivered);
        foreach (var shipment in order.UnderWay(part))
            shipment.DeliveredAt = actor.At;
        part.DeliveredAt = actor.At;
        order.MovePart(part, PartStatus.Delivered, actor, note: null);
        order.Follow(actor, note: null);
    }

    /// <summary>The parcels of a part that have not arrived.</summary>
    private static Shipment[] UnderWay(this Order order, OrderPart part) =>
        [.. order.Shipments.Where(shipment => shipment.PartId == part.Id && shipment.DeliveredAt is null)];

    /// <summary>The part that a return is of.</summary>
    public static OrderPart PartOf(this Order order, Return it) => order.Parts.Single(part => part.Id == it.PartId);

    /// <summary>A line of the part that is known to be there.</summary>
    public static OrderLine Line(this OrderPart part, Guid lineId) => part.Lines.Single(line => line.Id == lineId);
}
