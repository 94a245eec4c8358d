using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>Where the parcels of an order are. Who sees the order sees it; a seller their own parcel.</summary>
internal static class GetTracking
{
    public static void Map(IEndpointRouteBuilder orders) => orders.MapGet("/{id:guid}/tracking", Handle)
        .AllowGuests()
        .WithSummary("Track an order")
        .Problems("404 not_found")
        .WithExample(response: new OrderTracking(
            Examples.OrderId, "100042", OrderStatus.Shipped,
            [new OrderTrackingPart(Examples.PartId, Examples.CompanyId, OrderStatus.Shipped, "Parcel", "DHL", "JD0142", Examples.Noon, null)]));

    private static async Task<Ok<OrderTracking>> Handle(Guid id, Caller caller, OrdersDb db, HttpContext http, CancellationToken ct)
    {
        var order = await db.Find(id, ct) ?? throw RuleException.NotFound();
        var sight = Sight.Of(order, caller) ?? throw RuleException.NotFound();
        OrderPart[] parts = [.. order.Parts.Where(sight.Sees)];
        ETag.Set(http, order.Version);
        return TypedResults.Ok(new OrderTracking(
            order.Id, OrderNumber.Of(order.Number), sight.IsSeller ? order.StatusOf(parts) : order.Status,
            [.. parts.Select(part => new OrderTrackingPart(
                part.Id, part.CompanyId, order.StatusOf(part), part.DeliveryMethodName, part.Carrier, part.TrackingNumber, part.ShippedAt, part.DeliveredAt))]));
    }
}

/// <summary>Where the parcels of an order are.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Number">The number people use.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Parts">One per seller.</param>
public sealed record OrderTracking(Guid OrderId, string Number, OrderStatus Status, OrderTrackingPart[] Parts);

/// <summary>Where a parcel is.</summary>
/// <param name="PartId">The part of the order.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="DeliveryMethod">How it is sent, as the buyer saw it.</param>
/// <param name="Carrier">Who carries it.</param>
/// <param name="TrackingNumber">The carrier's number.</param>
/// <param name="ShippedAt">When it left its seller.</param>
/// <param name="DeliveredAt">When it arrived.</param>
public sealed record OrderTrackingPart(
    Guid PartId,
    Guid CompanyId,
    OrderStatus Status,
    string DeliveryMethod,
    string? Carrier,
    string? TrackingNumber,
    DateTimeOffset? ShippedAt,
    DateTimeOffset? DeliveredAt);
