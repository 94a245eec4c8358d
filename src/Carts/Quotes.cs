using Microsoft.Extensions.Options;
using Souk.Carts.Domain;

namespace Souk.Carts;

/// <summary>Makes the quote of a cart or basket with the rules of now.</summary>
internal sealed class Quotes(PriceRules rules, IOptions<PricingOptions> options)
{
    /// <summary>The database's time, for what is priced without a cart: which promotions have begun.</summary>
    public ValueTask<DateTimeOffset> Now(CartsDb db, CancellationToken ct) => rules.Time(db, ct);

    /// <summary>The quote of a cart. Costs a question to the database only when coupons were given.</summary>
    public Task<Quote> Of(Cart cart, CartsDb db, CancellationToken ct) =>
        Of(new Basket(cart.Lines, cart.Contact, cart.Delivery, cart.Coupons, [], cart.Now), db, ct);

    /// <summary>The quote of a basket whose coupons are still to be looked up.</summary>
    public async Task<Quote> Of(Basket basket, CartsDb db, CancellationToken ct)
    {
        if (basket.Coupons.Count > 0)
            basket = basket with { Promotions = await db.Coupons(basket.Coupons, ct) };
        return Pricing.Quote(basket, await rules.Now(db, ct), options.Value.Currency);
    }
}
