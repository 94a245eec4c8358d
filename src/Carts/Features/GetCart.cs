using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Carts.Domain;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Shows the caller's cart with its quote. Everybody may; costs no write, also for a guest who has none yet.</summary>
internal static class GetCart
{
    public static void Map(IEndpointRouteBuilder cart) => cart.MapGet("", Handle)
        .AllowGuests()
        .WithSummary("Show the cart with its quote")
        .WithDescription("""
            Every line, discount, delivery, tax and total, the id of the quote, and what is wrong with it. ?explain=true adds to each
            line why it costs what it costs.
            """);

    private static async Task<Ok<CartResponse>> Handle(
        Caller caller, HttpContext http, CartsDb db, CartView view, Quotes quotes, TimeProvider clock, bool? explain, CancellationToken ct)
    {
        var owner = CartOwner.Of(caller);
        var cart = owner.IsNew ? null : await db.Cart(owner.CartId, ct);
        cart ??= Cart.Empty(owner.CartId, clock.GetUtcNow());
        if (owner.GuestCartId is { } guest && await db.Cart(guest, ct) is { IsFrozen: false } other)
            cart = cart.With(other);
        return view.Show(cart, await quotes.Of(cart, owner.AccountId, db, ct), owner, http, explain == true);
    }
}
