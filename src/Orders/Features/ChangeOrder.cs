using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts.Carts;
using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Changes an order before it leaves. Its buyer may send it to another contact that they keep in the same country, and
/// lower or drop lines; a seller and staff may lower or drop lines of their parts. What was paid for them goes back, and
/// their stock is free again.
/// </summary>
internal static class ChangeOrder
{
    public static void Map(IEndpointRouteBuilder orders) => Describe(orders.MapPut("/{id:guid}", Handle));

    public static void MapAlias(IEndpointRouteBuilder order) =>
        Describe(order.MapPut("/{id:guid}", Handle)).Alias("PUT /orders/{id}");

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
        .RequireSignIn()
        .WithSummary("Change an order before it leaves")
        .WithDescription("""
            contact_id: a contact that the account keeps (POST /contacts), in the country the order goes to. lines: the
            lines that stay, with their pieces; what is not named is dropped, except what has left. What goes down is
            refunded with its share of discount, delivery and tax; the lines themselves stay as they were bought, and
            say what was taken_off. More pieces are a new order.
            """)
        .Problems(
            "order_move", "not_captured", "nothing_stays", "changed_meanwhile", "403 forbidden", "404 not_found",
            "412 stale", "422 unknown_contact", "422 wrong_country", "422 nothing_to_change", "422 unknown_line",
            "422 duplicate_line",
            "422 too_many_pieces")
        .WithExample(
            new ChangeOrderRequest(Examples.Order.ContactId, [new ChangeOrderLine(Examples.LineId, 1)]),
            Examples.Order);

    private static async Task<Ok<OrderDetails>> Handle(
        Guid id, ChangeOrderRequest request, Caller caller, OrdersDb db, [FromServices] ICartsApi carts, TimeProvider clock,
        HttpContext http, CancellationToken ct)
    {
        if (request.ContactId is null && request.Lines is null)
            throw RuleException.Invalid(
                "/contact_id", "nothing_to_change", "Say what is to change: contact_id, lines or both.");
        // Asked before the order is locked: nobody waits for a row while we wait for another service.
        var contact = request.ContactId is { } kept && caller.Buys is { } account
            ? await carts.KeptContact(kept, account, ct)
            : null;
        var order = await db.Locked(id, caller, ct);
        ETag.Check(http, order.Version);
        var sight = Sight.Of(order, caller)!;
        var actor = order.ActorFor(caller, clock);
        if (request.ContactId is { } contactId)
            ChangeContact(order, contactId, contact, actor);
        if (request.Lines is { } lines)
            EditedLines.Change(db, order, lines, caller, actor, request.Reason);
        ETag.Set(http, order);
        return TypedResults.Ok(OrderDetails.Of(order, sight, contact));
    }

    private static void ChangeContact(Order order, Guid contactId, ContactCard? contact, Actor actor)
    {
        if (actor.Kind != "buyer")
            throw new RuleException(403, "forbidden", "Only its buyer may change where an order goes.");
        if (contact is null)
            throw RuleException.Invalid(
                "/contact_id", "unknown_contact", "You keep no such contact. Make it with POST /contacts.");
        order.ChangeContact(contactId, contact.Shipping.Country, contact.Shipping.Postcode ?? "", actor);
    }
}

/// <summary>What changes in an order.</summary>
/// <param name="ContactId">The contact it goes to from now on; left out when that stays.</param>
/// <param name="Lines">The lines that stay; left out when all do.</param>
/// <param name="Reason">Why; the parties of the order read it in the timeline.</param>
public sealed record ChangeOrderRequest(
    Guid? ContactId = null,
    [MinLength(1), MaxLength(500)] ChangeOrderLine[]? Lines = null,
    [StringLength(200)] string? Reason = null);

/// <summary>A line that stays.</summary>
/// <param name="LineId">The line of the order.</param>
/// <param name="Quantity">How many pieces of it stay, with those that have left; 0 drops it.</param>
public sealed record ChangeOrderLine([Required] Guid? LineId, [Range(0, 1_000_000)] int Quantity);
