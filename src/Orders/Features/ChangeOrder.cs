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
/// Changes an order before it leaves. Its buyer may send it to another contact that they keep in the same country, raise and
/// add lines, and lower or drop them; a seller and staff may lower or drop lines of their parts. What goes up is paid as an
/// order of its own (<see cref="AddedLines" />); what was paid for what goes down goes back, and its stock is free again.
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
            say what was taken_off.
            A line with more pieces than it has, and one with an offer_id instead of a line_id, say how many there
            should be in all: what is missing is priced anew and becomes an order of its own that belongs to this one. Then the
            answer is 202 with its Location. It waits, as awaiting_payment, for POST /payments as long as its stock is
            kept; declined or not paid it ends, and this order stays as it is.
            """)
        .Problems(
            "order_move", "not_captured", "nothing_stays", "order_not_ready", "addition_waits", "too_many_additions",
            "changed_meanwhile", "403 forbidden", "404 not_found", "412 stale", "422 unknown_contact",
            "422 wrong_country", "422 nothing_to_change", "422 one_at_a_time", "422 line_required", "422 line_exists",
            "422 unknown_line", "422 duplicate_line", "422 too_many_pieces", "422 currency_mismatch")
        .WithExample(
            new ChangeOrderRequest(Examples.Order.ContactId, [new ChangeOrderLine(1, Examples.LineId)]),
            Examples.Order);

    private static async Task<Results<Ok<OrderDetails>, Accepted<OrderDetails>>> Handle(
        Guid id, ChangeOrderRequest request, Caller caller, OrdersDb db, [FromServices] ICartsApi carts,
        [FromServices] AddedLines added, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (request.ContactId is null && request.Lines is null)
            throw RuleException.Invalid(
                "/contact_id", "nothing_to_change", "Say what is to change: contact_id, lines or both.");
        // Asked before the order is locked: nobody waits for a row while we wait for another service.
        var contact = request.ContactId is { } kept && caller.Buys is { } account
            ? await carts.KeptContact(kept, account, ct)
            : null;
        var priced = request.Lines is null ? null : await added.Price(id, request.Lines, caller, ct);
        var order = await db.Locked(id, caller, ct);
        ETag.Check(http, order.Version);
        var sight = Sight.Of(order, caller)!;
        var actor = order.ActorFor(caller, clock);
        if (request.ContactId is { } contactId)
            ChangeContact(order, await db.LockedAdditionsOf(order.Id, ct), contactId, contact, actor);
        Order? addition = null;
        if (request.Lines is { } lines)
        {
            var edited = new EditedLines(order, lines, caller, actor);
            edited.Check();
            addition = await added.Add(db, order, lines, priced, actor, request.Reason, ct);
            // Paid or not, the order would not be what was asked for: a part of it is done, and a part waits.
            if (addition is not null && (request.ContactId is not null || edited.GoDown))
                throw RuleException.Invalid(
                    "/lines", "one_at_a_time",
                    "Add pieces in a request of its own, and name all lines that stay in it.");
            if (addition is null)
                edited.TakeOff(db, request.Reason);
        }
        ETag.Set(http, order);
        var details = OrderDetails.Of(order, sight, contact);
        return addition is null
            ? TypedResults.Ok(details)
            : TypedResults.Accepted(
                $"/orders/{addition.Id}", details with { Additions = [OrderAddition.Of(addition)] });
    }

    private static void ChangeContact(
        Order order, IEnumerable<Order> additions, Guid contactId, ContactCard? contact, Actor actor)
    {
        if (actor.Kind != "buyer")
            throw new RuleException(403, "forbidden", "Only its buyer may change where an order goes.");
        if (contact is null)
            throw RuleException.Invalid(
                "/contact_id", "unknown_contact", "You keep no such contact. Make it with POST /contacts.");
        // What was added goes where the order goes.
        var along = additions.Where(addition => addition.Status != OrderStatus.Cancelled && !addition.HasLeft);
        foreach (var one in along.Prepend(order))
            one.ChangeContact(contactId, contact.Shipping.Country, contact.Shipping.Postcode ?? "", actor);
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

/// <summary>A line that stays, or is added.</summary>
/// <param name="Quantity">
/// How many pieces of it stay, with those that have left; 0 drops it. More than it has: how many there should be in all.
/// </param>
/// <param name="LineId">The line of the order.</param>
/// <param name="OfferId">What is to be added, where the order has no line of it.</param>
public sealed record ChangeOrderLine([Range(0, 1_000_000)] int Quantity, Guid? LineId = null, Guid? OfferId = null);
