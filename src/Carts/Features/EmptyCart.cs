using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Empties the caller's cart, contact and coupons too. Everybody may; an empty one is no error.</summary>
internal static class EmptyCart
{
    public static void Map(IEndpointRouteBuilder cart) => cart.MapDelete("", Handle)
        .AllowGuests()
        .WithSummary("Empty the cart")
        .Problems("cart_in_checkout");

    private static async Task<NoContent> Handle(Caller caller, HttpContext http, CartsDb db, CartView view, CancellationToken ct)
    {
        var owner = db.Owner(caller);
        await view.CheckMatch(owner, http, db, ct);
        var gone = await db.Query(CartSql.Empty, _ => true, ct, owner.CartId);
        if (gone.Count == 0 && await db.Cart(owner.CartId, ct) is { IsFrozen: true } cart)
            throw cart.Frozen();
        return TypedResults.NoContent();
    }
}
