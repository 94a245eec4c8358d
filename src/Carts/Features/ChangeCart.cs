using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Carts.Domain;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>
/// Sets who buys, where it goes, how each seller sends it, and the coupons: all in one. Everybody may, for their own cart.
/// What is left out stays as it is.
/// </summary>
internal static class ChangeCart
{
    public static void Map(IEndpointRouteBuilder cart) => cart.MapPut("", Handle)
        .AllowGuests()
        .WithSummary("Set contact, delivery and coupons of the cart")
        .WithDescription("Answers the cart with its quote. What is left out stays as it is; an empty list of coupons takes them away.")
        .Problems("cart_in_checkout", "404 not_found", "412 stale", "422 invalid_contact", "422 contact_twice", "422 seller_twice", "422 invalid_coupon");

    private static async Task<Ok<CartResponse>> Handle(
        ChangeCartRequest request, Caller caller, HttpContext http, CartsDb db, CartView view, CancellationToken ct)
    {
        if (request is { Contact: not null, ContactId: not null })
            throw RuleException.Invalid("/contact_id", "contact_twice", "Give a contact or the id of one, not both.");
        var owner = db.Owner(caller);
        await view.CheckMatch(owner, http, db, ct);
        var card = request.Contact?.Card("/contact")
            ?? (request.ContactId is { } id ? await db.KeptContact(caller, id, ct) ?? throw RuleException.NotFound() : null);
        var choices = DeliveryRequest.Choices(request.Delivery);
        var cart = await db.OneCart(
            CartSql.Change, ct, owner.CartId, Pg.Uuid(owner.AccountId),
            Pg.Jsonb(card is null ? null : JsonSerializer.Serialize(card, Json.Events)),
            Pg.UuidArray(choices?.Select(choice => choice.CompanyId).ToArray()),
            Pg.UuidArray(choices?.Select(choice => choice.MethodId).ToArray()),
            Pg.TextArray(request.Coupons is null ? null : CouponCode.All(request.Coupons, "/coupons")));
        if (cart is null)
            throw (await db.Cart(owner.CartId, ct))?.Frozen() ?? throw new ChangedMeanwhileException();
        return await view.Show(cart, owner, http, db, ct);
    }
}

/// <summary>What to set; what is left out stays.</summary>
/// <param name="Contact">Who buys and where it goes.</param>
/// <param name="ContactId">The same, as a contact that the account keeps.</param>
/// <param name="Delivery">How sellers send it; a seller that is not named uses the cheapest way.</param>
/// <param name="Coupons">Coupon codes, at most 5.</param>
public sealed record ChangeCartRequest(
    ContactRequest? Contact = null,
    Guid? ContactId = null,
    [MaxLength(Cart.LinesMax)] IReadOnlyList<DeliveryRequest>? Delivery = null,
    [MaxLength(Cart.CouponsMax)] IReadOnlyList<string>? Coupons = null);

/// <summary>How one seller's part is sent.</summary>
/// <param name="CompanyId">The seller.</param>
/// <param name="MethodId">One of the methods that <c>GET /cart/delivery-options</c> names for that seller.</param>
public sealed record DeliveryRequest(Guid CompanyId, Guid MethodId)
{
    internal static DeliveryChoice[]? Choices(IReadOnlyList<DeliveryRequest>? delivery)
    {
        if (delivery is null)
            return null;
        if (delivery.DistinctBy(choice => choice.CompanyId).Count() != delivery.Count)
            throw RuleException.Invalid("/delivery", "seller_twice", "Name one method for each seller.");
        return [.. delivery.Select(choice => new DeliveryChoice(CompanyId: choice.CompanyId, MethodId: choice.MethodId))];
    }
}

/// <summary>Coupon codes as they are compared: upper case, without the spaces around them.</summary>
internal static class CouponCode
{
    public const int LengthMax = 40;

    public static string[] All(IReadOnlyList<string> codes, string pointer)
    {
        var read = new List<string>(codes.Count);
        for (var i = 0; i < codes.Count; i++)
            if (One(codes[i], $"{pointer}/{i}") is var code && !read.Contains(code))
                read.Add(code);
        return [.. read];
    }

    public static string One(string code, string pointer) =>
        Read(code) ?? throw RuleException.Invalid(pointer, "invalid_coupon", "A coupon code has up to 40 letters, digits, - and _.");

    /// <summary>The code; null when it cannot be one.</summary>
    public static string? Read(string code)
    {
        var upper = code.Trim().ToUpperInvariant();
        return upper.Length is > 0 and <= LengthMax && upper.All(c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-' or '_')
            ? upper
            : null;
    }
}
