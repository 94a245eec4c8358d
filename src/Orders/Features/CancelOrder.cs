using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Cancels an order before it ships. Its buyer (a guest by the order's token) and staff may cancel all of it, with what was
/// added to it, or one part, a seller their own part. Stock is released, what was authorised is voided, what was captured is
/// refunded.
/// </summary>
internal static class CancelOrder
{
    public static void Map(IEndpointRouteBuilder orders) => Describe(orders.MapDelete("/{id:guid}", Handle));

    public static void MapAlias(IEndpointRouteBuilder order) => Describe(order.MapDelete("/{id:guid}", Handle)).Alias("DELETE /orders/{id}");

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
        .AllowGuests()
        .WithSummary("Cancel an order")
        .WithDescription("""
            Before anything of it was shipped, and with it what was added to it; with part_id that part only. A seller
            cancels the own part. What was paid goes back.
            """)
        .Problems("order_move", "changed_meanwhile", "403 forbidden", "404 not_found", "412 stale");

    private static async Task<NoContent> Handle(
        Guid id, Caller caller, OrdersDb db, TimeProvider clock, HttpContext http, CancellationToken ct,
        [FromQuery(Name = "part_id")] Guid? partId = null, [StringLength(200)] string? reason = null)
    {
        var order = await db.Locked(id, caller, ct);
        ETag.Check(http, order.Version);
        var actor = order.ActorFor(caller, clock);
        var before = Words.Of(order.Status);
        if (partId is null && actor.Kind != "seller")
        {
            await db.CancelAll(order, actor, reason, ct);
        }
        else
        {
            OrderPart[] parts =
            [
                .. order.Parts.Where(part => partId is null || part.Id == partId)
                    .Where(part => actor.Kind == "buyer" || caller.CanSome(Permissions.OrdersManage, part)),
            ];
            if (parts is [])
                throw partId is null
                    ? new RuleException(403, "forbidden", "You may see this order but not cancel it.")
                    : RuleException.NotFound();
            if (actor.Kind != "buyer")
                caller.DemandAll(Permissions.OrdersManage, parts);
            db.CancelSome(order, parts, actor, reason);
        }
        if (actor.Kind != "buyer")
            db.Audit(
                caller, "order.cancel", "order", order.Id, Company(order, actor, caller), new { status = before },
                new { status = Words.Of(order.Status) }, reason);
        return TypedResults.NoContent();
    }

    // Whose audit trail it stands in, when a seller did it.
    private static Guid? Company(Order order, Actor actor, Caller caller) => actor.Kind == "seller"
        ? order.Parts.Find(part => caller.Can(Permissions.OrdersManage, part.CompanyId))?.CompanyId
        : null;
}
