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
/// Shows an order: to its buyer (a guest by the order's token) and to staff all of it, to a seller their own parts once the
/// sale was made. To everybody else it is not there.
/// </summary>
internal static class GetOrder
{
    public static void Map(IEndpointRouteBuilder orders) =>
        orders.MapGet("/{id:guid}", Handle).AllowGuests().WithSummary("Show an order");

    internal static async Task<Ok<OrderDetails>> Handle(
        Guid id, Caller caller, OrdersDb db, [FromServices] ICartsApi carts, HttpContext http, CancellationToken ct)
    {
        var order = await db.Find(id, ct) ?? throw RuleException.NotFound();
        var sight = Sight.Of(order, caller) ?? throw RuleException.NotFound();
        var contact = await carts.Contact(order.ContactId, ct);
        return TypedResults.Ok(OrderDetails.Of(order, sight, contact));
    }
}
