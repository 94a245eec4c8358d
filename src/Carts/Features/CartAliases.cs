using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Carts.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>The other names of the cart's routes. Everybody may, for their own cart.</summary>
internal static class CartAliases
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var cart = routes.MapGroup("/cart").WithTags("Carts");
        cart.MapPost("/add", Add)
            .AllowGuests()
            .Idempotent()
            .Alias("POST /cart")
            .WithSummary("Put something into the cart")
            .Problems("cart_in_checkout", "422 not_available", "422 offer_required", "422 currency_mismatch", "422 line_count")
            .WithExample(new CartAddRequest(ProductId: Guid.Parse("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e"), Quantity: 2));
        cart.MapPut("/update", Update)
            .AllowGuests()
            .Alias("PUT /cart/{id}")
            .WithSummary("Change a line of the cart")
            .Problems("cart_in_checkout", "404 not_found", "422 line_required")
            .WithExample(new CartUpdateRequest(ProductId: Guid.Parse("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e"), Quantity: 3));
        cart.MapDelete("/remove", Remove)
            .AllowGuests()
            .Alias("DELETE /cart/{id}")
            .WithSummary("Take a line out of the cart")
            .WithDescription("?line_id= or ?product_id=.")
            .Problems("cart_in_checkout", "404 not_found", "422 line_required");
    }

    private static async Task<Ok<CartResponse>> Add(
        CartAddRequest request, Caller caller, HttpContext http, CartsDb db, CartView view, OfferBook book, CancellationToken ct)
    {
        if ((request.Items is null) == (request.ProductId is null && request.OfferId is null))
            throw RuleException.Invalid("/product_id", "offer_required", "Give a product_id, an offer_id, or items.");
        IReadOnlyList<LineRequest> lines = request.Items is { } items
            ? [.. items.Select(item => item.Line)]
            : [new LineRequest(request.OfferId, request.ProductId, request.Quantity)];
        return await AddToCart.Put(
            await Wanted.Of(lines, request.Items is null ? "" : "/items", db, book, ct), caller, http, db, view, book, ct);
    }

    private static async Task<Ok<CartResponse>> Update(
        CartUpdateRequest request, Caller caller, HttpContext http, CartsDb db, CartView view, CancellationToken ct)
    {
        var lines = await Lines(request.LineId, request.ProductId, caller, db, ct);
        if (lines is not [var line])
            throw RuleException.Invalid("/line_id", "line_required", "Several lines are of this product. Say which by line_id.");
        return await ChangeCartLine.Set(line, request.Quantity, caller, http, db, view, ct);
    }

    private static async Task<Ok<CartResponse>> Remove(
        Guid? line_id, Guid? product_id, Caller caller, HttpContext http, CartsDb db, CartView view, CancellationToken ct) =>
        await RemoveCartLine.Remove(await Lines(line_id, product_id, caller, db, ct), caller, http, db, view, ct);

    // A product may be in the cart as several offers.
    private static async Task<Guid[]> Lines(Guid? lineId, Guid? productId, Caller caller, CartsDb db, CancellationToken ct)
    {
        if (lineId is null == productId is null)
            throw RuleException.Invalid("?line_id", "line_required", "Give a line_id or a product_id.");
        if (lineId is { } line)
            return [line];
        var cart = await db.Cart(CartOwner.Of(caller).CartId, ct);
        Guid[] lines = [.. cart?.Lines.Where(one => one.Offer?.ProductId == productId).Select(one => one.OfferId) ?? []];
        return lines.Length > 0 ? lines : throw RuleException.NotFound();
    }
}

/// <summary>What to put into the cart: one thing, or several as items.</summary>
/// <param name="ProductId">A product with one variant.</param>
/// <param name="OfferId">An offer.</param>
/// <param name="Quantity">Pieces, 1 to 10,000.</param>
/// <param name="Items">Several things.</param>
public sealed record CartAddRequest(
    Guid? ProductId = null,
    Guid? OfferId = null,
    [Range(1, Cart.QuantityMax)] int Quantity = 1,
    [MinLength(1), MaxLength(Cart.LinesMax)] IReadOnlyList<ItemRequest>? Items = null);

/// <summary>Pieces of a product or offer.</summary>
/// <param name="ProductId">A product with one variant.</param>
/// <param name="OfferId">An offer.</param>
/// <param name="Quantity">Pieces, 1 to 10,000.</param>
/// <param name="Price">The price of one piece as the buyer saw it, in major units of the marketplace's currency; an order is refused when it has changed.</param>
public sealed record ItemRequest(
    Guid? ProductId = null,
    Guid? OfferId = null,
    [Range(1, Cart.QuantityMax)] int Quantity = 1,
    decimal? Price = null)
{
    internal LineRequest Line => new(OfferId, ProductId, Quantity);
}

/// <summary>How many pieces of which line.</summary>
/// <param name="Quantity">1 to 10,000.</param>
/// <param name="LineId">The line.</param>
/// <param name="ProductId">Its product, when no other line is of it.</param>
public sealed record CartUpdateRequest([Range(1, Cart.QuantityMax)] int Quantity, Guid? LineId = null, Guid? ProductId = null);
