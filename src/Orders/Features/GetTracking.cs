using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>Where the parcels of an order are. Who sees the order sees it; a seller their own parcels.</summary>
internal static class GetTracking
{
    public static void Map(IEndpointRouteBuilder orders) => orders.MapGet("/{id:guid}/tracking", Handle)
        .AllowGuests()
        .WithSummary("Track an order")
        .Problems("404 not_found")
        .WithExample(response: new OrderTracking(
            Examples.OrderId, "100042", OrderStatus.Shipped,
            [
                new OrderTrackingPart(
                    Examples.PartId, Examples.CompanyId, OrderStatus.Shipped, "Parcel", "DHL", "JD0142", Examples.Noon,
                    null,
                    [
                        new OrderTrackingShipment(
                            Guid.Parse("019aa3f4-5a1e-7c13-8a01-0d9e8f7a6b5c"), "DHL", "JD0142", Examples.Noon, null,
                            [new OrderTrackingPieces(Examples.LineId, 2)]),
                    ]),
            ]));

    private static async Task<Ok<OrderTracking>> Handle(Guid id, Caller caller, OrdersDb db, HttpContext http, CancellationToken ct)
    {
        var order = await db.Find(id, ct) ?? throw RuleException.NotFound();
        var sight = Sight.Of(order, caller) ?? throw RuleException.NotFound();
        var parts = sight.Parts(order);
        var parcels = (await db.Parcels(id, ct)).ToLookup(parcel => parcel.Shipment.PartId);
        ETag.Set(http, order.Version);
        return TypedResults.Ok(new OrderTracking(
            order.Id, OrderNumber.Of(order.Number), sight.IsSeller ? order.StatusOf(parts) : order.Status,
            [.. parts.Select(part => new OrderTrackingPart(
                part.Id, part.CompanyId, order.StatusOf(part), part.DeliveryMethodName, part.Carrier,
                part.TrackingNumber,
                part.ShippedAt, part.DeliveredAt, Shipments(part, Seen(part, parcels[part.Id]))))]));
    }

    // What of the parcels is among the lines that are seen.
    private static (Shipment Shipment, PieceMove[] Pieces)[] Seen(
        OrderPart part, IEnumerable<(Shipment Shipment, PieceMove[] Pieces)> parcels) =>
    [
        .. parcels.Select(parcel => parcel with
        {
            Pieces = [.. parcel.Pieces.Where(piece => part.Lines.Exists(line => line.Id == piece.LineId))],
        }).Where(parcel => parcel.Pieces is not []),
    ];

    // A part that left before its parcels were written down left in one.
    private static OrderTrackingShipment[] Shipments(
        OrderPart part, (Shipment Shipment, PieceMove[] Pieces)[] parcels) =>
        parcels is [] && part.ShippedAt is { } shippedAt
            ?
            [
                new OrderTrackingShipment(
                    part.Id, part.Carrier, part.TrackingNumber, shippedAt, part.DeliveredAt,
                    [.. part.Lines.Select(line => new OrderTrackingPieces(line.Id, line.Quantity))]),
            ]
            :
            [
                .. parcels.Select(parcel => new OrderTrackingShipment(
                    parcel.Shipment.Id, parcel.Shipment.Carrier, parcel.Shipment.TrackingNumber,
                    parcel.Shipment.ShippedAt, parcel.Shipment.DeliveredAt,
                    [.. parcel.Pieces.Select(piece => new OrderTrackingPieces(piece.LineId, piece.Quantity))])),
            ];
}

/// <summary>Where the parcels of an order are.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Number">The number people use.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Parts">One per seller.</param>
public sealed record OrderTracking(Guid OrderId, string Number, OrderStatus Status, OrderTrackingPart[] Parts);

/// <summary>Where a seller's part is.</summary>
/// <param name="PartId">The part of the order.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="DeliveryMethod">How it is sent, as the buyer saw it.</param>
/// <param name="Carrier">Who carries its last parcel.</param>
/// <param name="TrackingNumber">The carrier's number of that.</param>
/// <param name="ShippedAt">When its first parcel left its seller.</param>
/// <param name="DeliveredAt">When all of it had arrived.</param>
/// <param name="Shipments">Its parcels, oldest first.</param>
public sealed record OrderTrackingPart(
    Guid PartId,
    Guid CompanyId,
    OrderStatus Status,
    string DeliveryMethod,
    string? Carrier,
    string? TrackingNumber,
    DateTimeOffset? ShippedAt,
    DateTimeOffset? DeliveredAt,
    OrderTrackingShipment[] Shipments);

/// <summary>A parcel.</summary>
/// <param name="Id">The shipment.</param>
/// <param name="Carrier">Who carries it.</param>
/// <param name="TrackingNumber">The carrier's number.</param>
/// <param name="ShippedAt">When it left its seller.</param>
/// <param name="DeliveredAt">When it arrived.</param>
/// <param name="Lines">What is in it.</param>
public sealed record OrderTrackingShipment(
    Guid Id, string? Carrier, string? TrackingNumber, DateTimeOffset ShippedAt, DateTimeOffset? DeliveredAt,
    OrderTrackingPieces[] Lines);

/// <summary>Pieces of a line in a parcel.</summary>
/// <param name="LineId">The line of the order.</param>
/// <param name="Quantity">Pieces.</param>
public sealed record OrderTrackingPieces(Guid LineId, int Quantity);
