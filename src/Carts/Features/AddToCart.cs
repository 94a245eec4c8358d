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
        var offers = await wanted.Offers(db, book, ct);
        Check(offers);
        var prices = Array.ConvertAll(offers, offer => offer!.PriceMinor);
        var cart = await Add(CartSql.Add) ?? await Add(CartSql.AddMore) ?? throw await Why(owner, wanted, offers, db, ct);
        return await view.Show(cart, owner, http, db, ct);

        Task<Cart?> Add(string sql) => db.OneCart(
            sql, ct, owner.CartId, Pg.Uuid(owner.AccountId), offers[0]!.Currency, wanted.OfferIds, wanted.Quantities, prices);
    }

    private static void Check(Offer?[] offers)
    {
        FieldError[] gone = [.. offers.Select((offer, i) => (offer, i)).Where(pair => pair.offer is not { Active: true })
            .Select(pair => new FieldError($"/lines/{pair.i}", "not_available", "This offer is not for sale."))];
        if (gone.Length > 0)
            throw new RuleException(422, "not_available", "Some of these are not for sale. Leave them out.", gone);
        if (offers.DistinctBy(offer => offer!.Currency).Count() > 1)
            throw OtherCurrency();
    }

    private static async Task<Exception> Why(
        CartOwner owner, Wanted wanted, Offer?[] offers, CartsDb db, CancellationToken ct)
    {
        var cart = await db.Cart(owner.CartId, ct);
        if (cart is { IsFrozen: true })
            return cart.Frozen();
        var lines = cart?.Lines ?? [];
        if (lines.Any(line => line.Offer is { } offer && offer.Currency != offers[0]!.Currency))
            return OtherCurrency();
        if (wanted.OfferIds.Union(lines.Select(line => line.OfferId)).Count() > Cart.LinesMax)
            return RuleException.Invalid("/lines", "line_count", $"A cart holds at most {Cart.LinesMax} lines.");
        return new ChangedMeanwhileException();
    }

    private static RuleException OtherCurrency() =>
        RuleException.Invalid(
            "/lines", "currency_mismatch", "A cart has one currency. Check out what is in it first, or empty it.");
}

/// <summary>What to put into the cart.</summary>
/// <param name="Lines">1 to 500.</param>
public sealed record AddToCartRequest([MinLength(1), MaxLength(Cart.LinesMax)] IReadOnlyList<LineRequest> Lines);
