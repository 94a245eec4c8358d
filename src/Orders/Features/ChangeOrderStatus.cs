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
            The status is shipped, delivered or cancelled (the words Shipped, Completed, Cancelled are taken too). It concerns
            the caller's own part; staff name a part_id or company_id, or mean all parts that can make the move.
            """)
        .Problems(
            "order_move", "not_captured", "changed_meanwhile", "403 forbidden", "404 not_found", "412 stale",
            "422 unknown_status", "422 unknown_part")
        .WithExample(
            new ChangeOrderStatusRequest("shipped", Carrier: "DHL", TrackingNumber: "JD014600003", Reason: null),
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
        var named = request.PartId is not null || request.CompanyId is not null;
        var parts = Parts(order, request, caller, named);
        var before = parts.Select(part => new { part.Id, status = Words.Of(part.Status) }).ToArray();
        switch (wanted)
        {
            case OrderStatus.Shipped:
                parts = Movable(parts, named, PartStatus.Shipped);
                order.Ship(parts, request.Carrier, request.TrackingNumber, actor);
                foreach (var part in parts)
                    db.Publish(new PartShipped(
                        order.Id, part.Id, part.CompanyId, order.AccountId, order.ContactId, part.Carrier, part.TrackingNumber,
                        Order.Pieces([part])));
                break;
            case OrderStatus.Delivered:
                parts = Movable(parts, named, PartStatus.Delivered);
                order.Deliver(parts, actor);
                foreach (var part in parts)
                    db.Publish(new PartDelivered(order.Id, part.Id, part.CompanyId, Order.Pieces([part])));
                break;
            case OrderStatus.Cancelled when actor.Kind == "staff" && !named:
                db.CancelAll(order, actor, request.Reason);
                break;
            case OrderStatus.Cancelled:
                db.CancelSome(order, parts, actor, request.Reason);
                break;
            default:
                throw order.Refusal(wanted);
        }
        db.Audit(
            caller, $"order.{Words.Of(wanted)}", "order", order.Id, actor.Kind == "seller" ? parts[0].CompanyId : null,
            before,
            parts.Select(part => new { part.Id, status = Words.Of(part.Status), part.Carrier, part.TrackingNumber }).ToArray(),
            request.Reason);
        ETag.Set(http, order);
        return TypedResults.Ok(OrderDetails.Of(order, Sight.Of(order, caller)!, contact: null));
    }

    private static OrderPart[] Parts(Order order, ChangeOrderStatusRequest request, Caller caller, bool named)
    {
        OrderPart[] parts =
        [
            .. order.Parts.Where(part => caller.Can(Permissions.OrdersManage, part.CompanyId))
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
public sealed record ChangeOrderStatusRequest(
    [Required, StringLength(40)] string Status,
    Guid? PartId = null,
    Guid? CompanyId = null,
    [StringLength(80)] string? Carrier = null,
    [StringLength(80)] string? TrackingNumber = null,
    [StringLength(200)] string? Reason = null);
