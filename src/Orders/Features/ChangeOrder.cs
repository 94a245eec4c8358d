using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts.Carts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Sends an order to another contact. Its buyer may, before anything of it was shipped, to a contact that they keep
/// in the same country. The price stays as it was paid.
/// </summary>
internal static class ChangeOrder
{
    public static void Map(IEndpointRouteBuilder orders) => Describe(orders.MapPut("/{id:guid}", Handle));

    public static void MapAlias(IEndpointRouteBuilder order) =>
        Describe(order.MapPut("/{id:guid}", Handle)).Alias("PUT /orders/{id}");

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
        .RequireSignIn()
        .WithSummary("Change the contact of an order")
        .WithDescription("""
            To a contact that the account keeps (POST /contacts), in the country the order goes to, before anything was shipped.
            """)
        .Problems(
            "order_move", "changed_meanwhile", "403 forbidden", "404 not_found", "412 stale", "422 unknown_contact",
            "422 wrong_country")
        .WithExample(new ChangeOrderRequest(Examples.Order.ContactId), Examples.Order);

    private static async Task<Ok<OrderDetails>> Handle(
        Guid id, ChangeOrderRequest request, Caller caller, OrdersDb db, [FromServices] ICartsApi carts, TimeProvider clock,
        HttpContext http, CancellationToken ct)
    {
        // Asked before the order is locked: nobody waits for a row while we wait for another service.
        var contact = caller.Buys is { } account ? await carts.KeptContact(request.ContactId!.Value, account, ct) : null;
        var order = await db.Locked(id, caller, ct);
        ETag.Check(http, order.Version);
        var sight = Sight.Of(order, caller)!;
        if (sight.Kind != "buyer")
            throw new RuleException(403, "forbidden", "Only its buyer may change where an order goes.");
        if (contact is null)
            throw RuleException.Invalid(
                "/contact_id", "unknown_contact", "You keep no such contact. Make it with POST /contacts.");
        order.ChangeContact(
            request.ContactId!.Value, contact.Shipping.Country, contact.Shipping.Postcode ?? "", order.ActorFor(caller, clock));
        ETag.Set(http, order);
        return TypedResults.Ok(OrderDetails.Of(order, sight, contact));
    }
}

/// <summary>What changes in an order.</summary>
/// <param name="ContactId">The contact it goes to from now on.</param>
public sealed record ChangeOrderRequest([Required] Guid? ContactId);
