using Microsoft.Extensions.Options;
using Souk.Carts.Domain;

namespace Souk.Carts;

/// <summary>Makes the quote of a cart or basket with the rules of now.</summary>
internal sealed class Quotes(PriceRules rules, Customers customers, IOptions<PricingOptions> options)
{
    /// <summary>The database's time, for what is priced without a cart: which promotions have begun.</summary>
    public ValueTask<DateTimeOffset> Now(CartsDb db, CancellationToken ct) => rules.Time(db, ct);

    /// <summary>The quote of a cart, for its customer; null for a guest.</summary>
    public Task<Quote> Of(Cart cart, Guid? accountId, CartsDb db, CancellationToken ct) =>
        Of(new Basket(cart.Lines, cart.Contact, cart.Delivery, cart.Coupons, cart.Now, accountId), db, ct);

    /// <summary>
    /// The quote of a cart whose buyer has seen another one: with the rules as the database has them at this moment. They may
    /// have changed less than a second ago, and where the buyer saw the quote, that was known already.
    /// </summary>
    public async Task<Quote> Newest(Cart cart, Guid? accountId, CartsDb db, CancellationToken ct)
    {
        await rules.Newest(db, ct);
        return await Of(cart, accountId, db, ct);
    }

    /// <summary>
    /// The quote of a basket. Costs a question to the database only when coupons were given, or where there are promotions
    /// without a code that are limited or for some customers only.
    /// </summary>
    public async Task<Quote> Of(Basket basket, CartsDb db, CancellationToken ct)
    {
        var current = await rules.Now(db, ct);
        var automatic = current.Dependent(basket.Lines);
        if (basket.Coupons.Count > 0 || automatic.Length > 0)
            basket = basket with
            {
                Asked = await db.Asked(basket, automatic, customers.Name(basket.AccountId, basket.Contact), ct),
            };
        return Pricing.Quote(basket, current, options.Value.Currency);
    }
}
