using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Carts.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>
/// Puts one or several lines into the caller's cart. Everybody may; a guest without a cart gets one, with the token that
/// opens it. Pieces of an offer that is in it already are added to its line.
/// </summary>
internal static class AddToCart
{
    public static void Map(IEndpointRouteBuilder cart) => cart.MapPost("", Handle)
        .AllowGuests()
        .Idempotent()
        .WithSummary("Put lines into the cart")
        .WithDescription("Answers the cart with its quote. A guest's first add answers the cart's token, in X-Cart-Token and in cart_token.")
        .Problems("cart_in_checkout", "422 not_available", "422 offer_required", "422 currency_mismatch", "422 line_count", "422 too_many_pieces")
        .WithExample(new AddToCartRequest([new LineRequest(Guid.Parse("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e"), Quantity: 2)]));

    private static async Task<Ok<CartResponse>> Handle(
        AddToCartRequest request, Caller caller, HttpContext http, CartsDb db, CartView view, OfferBook book, CancellationToken ct)
    {
        var wanted = await Wanted.Of(request.Lines, "/lines", db, book, ct);
        return await Put(wanted, caller, http, db, view, book, ct);
    }

    /// <summary>Puts what is wanted into the cart and shows it.</summary>
    internal static async Task<Ok<CartResponse>> Put(
        Wanted wanted, Caller caller, HttpContext http, CartsDb db, CartView view, OfferBook book, CancellationToken ct)
    {
        var owner = db.Owner(caller);
        var cart = await Add(owner, wanted, db, ct);
        if (cart is null && await Why(owner, wanted, db, book, ct))
            cart = await Add(owner, wanted, db, ct);
        return await view.Show(cart ?? throw new ChangedMeanwhileException(), owner, http, db, ct);
    }

    private static Task<Cart?> Add(CartOwner owner, Wanted wanted, CartsDb db, CancellationToken ct) =>
        db.OneCart(CartSql.Add, ct, owner.CartId, Pg.Uuid(owner.AccountId), wanted.OfferIds, wanted.Quantities);

    /// <summary>Says why nothing was added; true when it is worth another try, because Catalog knew offers that we did not.</summary>
    private static async Task<bool> Why(CartOwner owner, Wanted wanted, CartsDb db, OfferBook book, CancellationToken ct)
    {
        var cart = await db.Cart(owner.CartId, ct);
        if (cart is { IsFrozen: true })
            throw cart.Frozen();
        var (_, offers) = await db.Offers(wanted.OfferIds, ct);
        Guid[] unknown = [.. wanted.OfferIds.Where((_, i) => offers[i] is null)];
        if (unknown.Length > 0 && await book.Learn(unknown, db, ct))
            (_, offers) = await db.Offers(wanted.OfferIds, ct);

        FieldError[] gone = [.. offers.Select((offer, i) => (offer, i)).Where(pair => pair.offer is not { Active: true })
            .Select(pair => new FieldError($"/lines/{pair.i}", "not_available", "This offer is not for sale."))];
        if (gone.Length > 0)
            throw new RuleException(422, "not_available", "Some of these are not for sale. Leave them out.", gone);
        var currencies = offers.Select(offer => offer!.Currency)
            .Concat(cart?.Lines.Select(line => line.Offer?.Currency).OfType<string>() ?? []).Distinct().Count();
        if (currencies > 1)
            throw RuleException.Invalid("/lines", "currency_mismatch", "A cart has one currency. Check out what is in it first, or empty it.");
        if (wanted.OfferIds.Concat(cart?.Lines.Select(line => line.OfferId) ?? []).Distinct().Count() > Cart.LinesMax)
            throw RuleException.Invalid("/lines", "line_count", $"A cart holds at most {Cart.LinesMax} lines.");
        return true;
    }
}

/// <summary>What to put into the cart.</summary>
/// <param name="Lines">1 to 100.</param>
public sealed record AddToCartRequest([MinLength(1), MaxLength(Cart.LinesMax)] IReadOnlyList<LineRequest> Lines);
