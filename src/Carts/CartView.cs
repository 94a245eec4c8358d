using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Souk.Carts.Domain;
using Souk.Carts.Features;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts;

/// <summary>How a cart is shown by all routes.</summary>
internal sealed class CartView(Quotes quotes, GuestTokens tokens)
{
    public const string TokenHeader = "X-Cart-Token";

    /// <summary>The answer of every cart route.</summary>
    public async Task<Ok<CartResponse>> Show(Cart cart, CartOwner owner, HttpContext http, CartsDb db, CancellationToken ct) =>
        Show(cart, await quotes.Of(cart, owner.AccountId, db, ct), owner, http);

    /// <summary>The answer of a cart that has its quote already; when asked to, with the reason of each line's price.</summary>
    public Ok<CartResponse> Show(Cart cart, Quote quote, CartOwner owner, HttpContext http, bool explain = false)
    {
        ETag.Set(http, Tag(cart, quote));
        return TypedResults.Ok(Response(cart, quote, owner, http, explain));
    }

    /// <summary>Compares <c>If-Match</c> with the cart, which stays locked until the change is done. Costs nothing where it was not sent.</summary>
    public async Task CheckMatch(CartOwner owner, HttpContext http, CartsDb db, CancellationToken ct)
    {
        if (http.Request.Headers.IfMatch.Count == 0)
            return;
        db.Ask("select 1 from carts where id = $1 for update", _ => { }, owner.CartId);
        var cart = await db.Cart(owner.CartId, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, Tag(cart, await quotes.Of(cart, owner.AccountId, db, ct)));
    }

    // Both: the version alone does not tell that a price changed, the quote alone not that a line was taken out and put in.
    private static string Tag(Cart cart, Quote quote) => $"{cart.Version}-{quote.Id}";

    /// <summary>The cart as the caller sees it; a guest gets the token, also as a header.</summary>
    public CartResponse Response(Cart cart, Quote quote, CartOwner owner, HttpContext http, bool explain = false)
    {
        string? token = null;
        // It names a person and holds the key to the cart: no proxy may keep it.
        http.Response.Headers.CacheControl = "no-store";
        if (owner.AccountId is null)
            http.Response.Headers[TokenHeader] = token = tokens.Cart(owner.CartId);
        return CartResponse.Of(cart, quote, token, explain);
    }
}
