using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Carts.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Shows one line of the caller's cart. Everybody may; a line's id is that of its offer.</summary>
internal static class GetCartLine
{
    public static void Map(IEndpointRouteBuilder cart) => cart.MapGet("/{id:guid}", Handle)
        .AllowGuests()
        .WithSummary("Show a line of the cart")
        .WithDescription("?explain=true adds why it costs what it costs.");

    private static async Task<Ok<CartLineResponse>> Handle(
        Guid id, Caller caller, CartsDb db, Quotes quotes, bool? explain, CancellationToken ct)
    {
        var owner = CartOwner.Of(caller);
        var cart = await db.Cart(owner.CartId, ct) ?? throw RuleException.NotFound();
        var quote = await quotes.Of(cart, owner.AccountId, db, ct);
        var line = quote.Lines.FirstOrDefault(line => line.Offer.Id == id) ?? throw RuleException.NotFound();
        return TypedResults.Ok(CartLineResponse.Of(line, quote.Currency, explain == true ? LineExplanation.Of(line, quote) : null));
    }
}

/// <summary>Sets the pieces of a line of the caller's cart. Everybody may. The price shown with it counts as seen.</summary>
internal static class ChangeCartLine
{
    public static void Map(IEndpointRouteBuilder cart) => cart.MapPut("/{id:guid}", Handle)
        .AllowGuests()
        .WithSummary("Change a line of the cart")
        .Problems("cart_in_checkout");

    private static Task<Ok<CartResponse>> Handle(
        Guid id, ChangeCartLineRequest request, Caller caller, HttpContext http, CartsDb db, CartView view, CancellationToken ct) =>
        Set(id, request.Quantity, caller, http, db, view, ct);

    internal static async Task<Ok<CartResponse>> Set(
        Guid offerId, int quantity, Caller caller, HttpContext http, CartsDb db, CartView view, CancellationToken ct)
    {
        var owner = db.Owner(caller);
        await view.CheckMatch(owner, http, db, ct);
        var cart = await db.OneCart(CartSql.ChangeLine, ct, owner.CartId, offerId, quantity) ?? throw await db.NoSuchLine(owner, ct);
        return await view.Show(cart, owner, http, db, ct);
    }
}

/// <summary>How many pieces.</summary>
/// <param name="Quantity">1 to 10,000.</param>
public sealed record ChangeCartLineRequest([Range(1, Cart.QuantityMax)] int Quantity);

/// <summary>Takes a line out of the caller's cart. Everybody may.</summary>
internal static class RemoveCartLine
{
    public static void Map(IEndpointRouteBuilder cart) => cart.MapDelete("/{id:guid}", Handle)
        .AllowGuests()
        .WithSummary("Take a line out of the cart")
        .WithDescription("Answers the cart with its quote.")
        .Problems("cart_in_checkout");

    private static Task<Ok<CartResponse>> Handle(Guid id, Caller caller, HttpContext http, CartsDb db, CartView view, CancellationToken ct) =>
        Remove([id], caller, http, db, view, ct);

    internal static async Task<Ok<CartResponse>> Remove(
        Guid[] offerIds, Caller caller, HttpContext http, CartsDb db, CartView view, CancellationToken ct)
    {
        var owner = db.Owner(caller);
        await view.CheckMatch(owner, http, db, ct);
        var cart = await db.OneCart(CartSql.RemoveLines, ct, owner.CartId, offerIds) ?? throw await db.NoSuchLine(owner, ct);
        return await view.Show(cart, owner, http, db, ct);
    }
}
