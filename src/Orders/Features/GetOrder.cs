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
/// Shows an order: to its buyer (a guest by the order's token) and to staff all of it, to a seller their own parts
/// once the sale was made. To everybody else it is not there.
/// </summary>
internal static class GetOrder
{
    public static void Map(IEndpointRouteBuilder orders) => Describe(orders.MapGet("/{id:guid}", Handle));

    public static void MapAlias(IEndpointRouteBuilder order) => Describe(order.MapGet("/{id:guid}", Handle)).Alias("GET /orders/{id}");

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
        .AllowGuests()
        .WithSummary("Show an order")
        .WithDescription("""
            Its buyer and staff see all of it, a seller their own part, once the sale was made. A guest reads it with the
            X-Order-Token that the checkout answered. Everybody else gets the 404 of an order that is not there.
            """)
        .Problems("404 not_found")
        .WithExample(response: Examples.Order);

    private static async Task<Ok<OrderDetails>> Handle(
        Guid id, Caller caller, OrdersDb db, [FromServices] ICartsApi carts, HttpContext http, CancellationToken ct)
    {
        var order = await db.Find(id, ct) ?? throw RuleException.NotFound();
        var sight = Sight.Of(order, caller) ?? throw RuleException.NotFound();
        var contact = await carts.Contact(order.ContactId, ct);
        ETag.Set(http, order.Version);
        var details = OrderDetails.Of(order, sight, contact);
        return TypedResults.Ok(!order.HasAdditions || sight.IsSeller
            ? details
            : details with { Additions = [.. (await db.AdditionsOf(id, ct)).Select(OrderAddition.Of)] });
    }
}
