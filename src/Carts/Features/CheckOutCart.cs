using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>
/// Buys the caller's cart at the quote they accepted. Everybody may, for their own cart. The cart is frozen until the order
/// is confirmed (then it is empty) or refused (then it is open again); the answer is awaited up to 5 seconds.
/// </summary>
internal static class CheckOutCart
{
    public static void Map(IEndpointRouteBuilder cart) => cart.MapPost("/checkout", Handle)
        .AllowGuests()
        .Idempotent(required: true)
        .AnswersLater()
        .WithSummary("Buy the cart")
        .WithDescription("""
            Answers 201 with the confirmed order, 402 or 409 with the reason why there is none, or 202 with the Location of an
            order that takes longer or waits for the buyer. A guest's answer has the order_token that opens the order.
            """)
        .Produces<JsonElement>(StatusCodes.Status201Created)
        .AnswersAs(OrderTokens.Route, OrderTokens.Member, OrderTokens.Description)
        .Produces<OrderAcceptedResponse>(StatusCodes.Status202Accepted)
        .Problems("quote_changed", "cart_empty", "cart_not_ready", "cart_in_checkout", "coupon_used_up", "changed_meanwhile", "out_of_stock",
            "402 payment_declined", "422 payments_do_not_sum", "422 payment_required", "422 currency_mismatch")
        .WithExample(new CheckOutCartRequest("q0mXc4b1d9b3nT7mWQ2R", [new PaymentRequest("card", "tok_success", new Money(4998, "EUR"))]));

    private static async Task<IResult> Handle(
        CheckOutCartRequest request, Caller caller, HttpContext http, CartsDb db, CartView view, Quotes quotes, Checkout checkout, CancellationToken ct)
    {
        var owner = db.Owner(caller);
        var cart = owner.IsNew ? null : await db.Cart(owner.CartId, ct);
        if (cart is null || cart.Lines.Count == 0)
            throw new RuleException("cart_empty", "There is nothing in the cart. Put something in with POST /cart.");
        if (cart.IsFrozen)
            throw cart.Frozen();
        var quote = await quotes.Of(cart, owner.AccountId, db, ct);
        if (quote.Id != request.Quote)
            quote = await quotes.Newest(cart, owner.AccountId, db, ct);
        if (quote.Id != request.Quote)
            throw new RuleException("quote_changed", "The cart is not priced as it was when you saw it. Look at the new quote, then accept that one.")
            {
                More = { ["cart"] = view.Response(cart, quote, owner, http) },
            };
        if (!quote.CanBeBought)
            throw new RuleException("cart_not_ready", "The cart has problems that must be mended first.")
            {
                More = { ["cart"] = view.Response(cart, quote, owner, http) },
            };
        // Of two tabs that price the same version one finds it frozen by the other: one cart, one order.
        db.RunMust(CartSql.Freeze, owner.CartId, cart.Version, Answer.Id(http));
        return await checkout.Start(http, db, owner, caller.AccountId, cart.Contact!, quote, request.Payments, ReturnUrl.Checked(request.ReturnUrl), ct);
    }
}

/// <summary>How the cart is bought.</summary>
/// <param name="Quote">The quote that was accepted, from <c>GET /cart</c>.</param>
/// <param name="Payments">How it is paid; together they reach the total. Empty when nothing is to pay.</param>
/// <param name="ReturnUrl">Where a payment that redirects sends the browser afterwards.</param>
public sealed record CheckOutCartRequest(
    [StringLength(100)] string Quote,
    [MaxLength(PaymentRequest.CountMax)] IReadOnlyList<PaymentRequest> Payments,
    [StringLength(2000)] string? ReturnUrl = null);

/// <summary>An order that is not decided yet: read it where the <c>Location</c> says.</summary>
/// <param name="Id">The order.</param>
/// <param name="Status"><c>pending</c>.</param>
/// <param name="OrderToken">Opens the order for a guest: send it as <c>X-Order-Token</c>. Null for who is signed in.</param>
public sealed record OrderAcceptedResponse(Guid Id, string Status, string? OrderToken);

/// <summary>An address on the web that a browser may be sent to.</summary>
internal static class ReturnUrl
{
    public static string? Checked(string? url) =>
        url is null || (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri.UserInfo.Length == 0)
            ? url
            : throw RuleException.Invalid("/return_url", "invalid_url", "The return_url is an absolute address with https.");
}
