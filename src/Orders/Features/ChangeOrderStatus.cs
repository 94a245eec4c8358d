using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Ships, delivers or cancels parts of an order: a seller their own, staff all or one. Shipping turns the reservation
/// into a sale; nothing ships before its money was captured.
/// </summary>
internal static class ChangeOrderStatus
{
    public static void Map(IEndpointRouteBuilder orders) => orders.MapPost("/{id:guid}/status", Handle)
        .RequirePermission(Permissions.OrdersManage)
        .Idempotent()
        .WithSummary("Ship, deliver or cancel")
        .WithDescription("""
            The status is shipped, delivered or cancelled (the words Shipped, Completed, Cancelled are taken too). It
            concerns the caller's own part (who sells in one shop ships its lines); staff name a part_id or company_id,
            or mean all parts that can make the move. With lines only these pieces leave, as a parcel of their own; the
            part is shipped when all has left.
            With shipment_id that parcel is delivered; the part is delivered when all are. GET /orders/{id}/tracking
            lists them.
            """)
        .Problems(
            "order_move", "not_captured", "partly_shipped", "changed_meanwhile", "403 forbidden", "404 not_found",
            "412 stale", "422 unknown_status", "422 unknown_part", "422 unknown_line", "422 duplicate_line",
            "422 too_many_pieces",
            "422 unknown_shipment", "422 not_for_this_status")
        .WithExample(
            new ChangeOrderStatusRequest(
                "shipped", Carrier: "DHL", TrackingNumber: "JD014600003",
                Lines: [new PiecesRequest(Examples.LineId, 1)]),
            Examples.Order);

    private static async Task<Ok<OrderDetails>> Handle(
        Guid id, ChangeOrderStatusRequest request, Caller caller, OrdersDb db, TimeProvider clock, HttpContext http,
        CancellationToken ct)
    {
        var wanted = StatusWord.Parse(request.Status, "/status");
        var order = await db.Locked(id, caller, ct);
        ETag.Check(http, order.Version);
        // As seller or staff, also on an order one placed oneself.
        var actor = new Actor(caller.Can(Permissions.OrdersManage) ? "staff" : "seller", caller.AccountId, clock.GetUtcNow());
        Check(request, wanted);
        var named = request.PartId is not null || request.CompanyId is not null;
        var parts = Parts(order, request, caller, named);
        var before = parts.Select(part => new { part.Id, status = Words.Of(part.Status) }).ToArray();
        switch (wanted)
        {
            case OrderStatus.Shipped:
                var leaving = Movable(parts, named || request.Lines is not null, PartStatus.Shipped);
                Ship(db, order, leaving, request, caller, actor);
                break;
            case OrderStatus.Delivered:
                caller.DemandAll(Permissions.OrdersManage, parts);
                await Deliver(db, order, parts, named, request.ShipmentId, actor, ct);
                break;
            case OrderStatus.Cancelled when actor.Kind == "staff" && !named:
                await db.CancelAll(order, actor, request.Reason, ct);
                break;
            case OrderStatus.Cancelled:
                caller.DemandAll(Permissions.OrdersManage, parts);
                db.CancelSome(order, parts, actor, request.Reason);
                break;
            default:
                throw order.Refusal(wanted);
        }
        db.Audit(
            caller, $"order.{Words.Of(wanted)}", "order", order.Id, actor.Kind == "seller" ? parts[0].CompanyId : null,
            before,
            parts.Select(part => new
            {
                part.Id,
                status = Words.Of(part.Status),
                request.Carrier,
                request.TrackingNumber,
                request.ShipmentId,
                pieces = order.PieceMoves.Where(move => move.PartId == part.Id)
                    .Select(move => new { move.LineId, move.Quantity }),
            }).ToArray(),
            request.Reason);
        ETag.Set(http, order);
        return TypedResults.Ok(OrderDetails.Of(order, Sight.Of(order, caller)!, contact: null));
    }

    private static void Check(ChangeOrderStatusRequest request, OrderStatus wanted)
    {
        if (request.Lines is not null && wanted != OrderStatus.Shipped)
            throw RuleException.Invalid(
                "/lines", "not_for_this_status", "Lines are named when they are shipped. Leave them out.");
        if (request.ShipmentId is not null && wanted != OrderStatus.Delivered)
            throw RuleException.Invalid(
                "/shipment_id", "not_for_this_status", "A shipment is named when it was delivered. Leave it out.");
    }

    private static void Ship(
        OrdersDb db, Order order, OrderPart[] parts, ChangeOrderStatusRequest request, Caller caller, Actor actor)
    {
        // Who sells in one shop ships the lines of that shop.
        OrderLine[] own =
        [
            .. parts.SelectMany(part => part.Lines.Where(
                line => caller.Can(Permissions.OrdersManage, part.CompanyId, line.ShopId))),
        ];
        var open = order.Open(parts).Where(piece => Array.Exists(own, line => line.Id == piece.LineId)).ToArray();
        var chosen = request.Lines is null ? open : Chosen.Of(request.Lines, own, open, "are left to ship");
        foreach (var part in parts)
        {
            LineQuantity[] pieces = [.. chosen.Where(piece => part.Lines.Exists(line => line.Id == piece.LineId))];
            if (pieces is [] && request.Lines is not null)
                continue;
            var (shipment, left) = order.Ship(part, pieces, request.Carrier, request.TrackingNumber, actor);
            db.Publish(new PartShipped(
                order.Id, part.Id, part.CompanyId, order.AccountId, order.ContactId, part.Carrier, part.TrackingNumber,
                left, shipment.Id));
        }
    }

    private static async Task Deliver(
        OrdersDb db, Order order, OrderPart[] parts, bool named, Guid? shipmentId, Actor actor, CancellationToken ct)
    {
        await db.Entry(order).Collection(o => o.Shipments).LoadAsync(ct);
        if (shipmentId is not { } id)
        {
            foreach (var part in Movable(parts, named, PartStatus.Delivered))
            {
                order.Deliver(part, actor);
                Delivered(part);
            }
            return;
        }
        var shipment = order.Shipments.Find(shipment => shipment.Id == id);
        if (Array.Find(parts, part => part.Id == shipment?.PartId) is not { } whole)
            throw RuleException.Invalid(
                "/shipment_id", "unknown_shipment",
                "This part has no such parcel. GET /orders/{id}/tracking lists them.");
        if (order.Deliver(whole, shipment!, actor))
            Delivered(whole);

        void Delivered(OrderPart part) =>
            db.Publish(new PartDelivered(order.Id, part.Id, part.CompanyId, order.Kept(part)));
    }

    private static OrderPart[] Parts(Order order, ChangeOrderStatusRequest request, Caller caller, bool named)
    {
        OrderPart[] parts =
        [
            .. order.Parts.Where(part => caller.CanSome(Permissions.OrdersManage, part))
                .Where(part => request.PartId is null || part.Id == request.PartId)
                .Where(part => request.CompanyId is null || part.CompanyId == request.CompanyId),
        ];
        if (parts is [])
            throw named
                ? RuleException.Invalid(
                    request.PartId is null ? "/company_id" : "/part_id", "unknown_part", "This order has no such part of yours.")
                : new RuleException(403, "forbidden", "You may see this order but not change it.");
        return parts;
    }

    // Who names no part means those that can make the move. When none can, the first of them says why.
    private static OrderPart[] Movable(OrderPart[] parts, bool named, PartStatus next)
    {
        if (named)
            return parts;
        OrderPart[] movable = [.. parts.Where(part => OrderLife.Can(part.Status, next))];
        return movable is [] ? parts : movable;
    }
}

/// <summary>Where parts of an order go next.</summary>
/// <param name="Status"><c>shipped</c>, <c>delivered</c> or <c>cancelled</c>.</param>
/// <param name="PartId">The part; by default the caller's.</param>
/// <param name="CompanyId">The seller whose part it is; by default the caller's.</param>
/// <param name="Carrier">Who carries it.</param>
/// <param name="TrackingNumber">The carrier's number.</param>
/// <param name="Reason">Why; the parties of the order read it in the timeline.</param>
/// <param name="Lines">The pieces that leave in this parcel; by default all that are left.</param>
/// <param name="ShipmentId">The parcel that was delivered; by default all that are under way.</param>
public sealed record ChangeOrderStatusRequest(
    [Required, StringLength(40)] string Status,
    Guid? PartId = null,
    Guid? CompanyId = null,
    [StringLength(80)] string? Carrier = null,
    [StringLength(80)] string? TrackingNumber = null,
    [StringLength(200)] string? Reason = null,
    [MinLength(1), MaxLength(500)] PiecesRequest[]? Lines = null,
    Guid? ShipmentId = null);
