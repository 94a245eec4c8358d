using Souk.Contracts.Orders;

namespace Souk.Contracts.Carts;

/// <summary>A buyer accepted a quote. Carts fixed the prices, took the limited coupons and froze the cart.</summary>
/// <param name="OrderId">The order to make; also the key.</param>
/// <param name="CartId">The cart it came from; null for a checkout without a cart.</param>
/// <param name="AccountId">The buyer; null for a guest.</param>
/// <param name="ContactId">The snapshot of name and addresses, kept by Carts.</param>
/// <param name="Country">Where it goes, ISO 3166-1 alpha-2.</param>
/// <param name="Postcode">Where it goes; may be empty where the country has none.</param>
/// <param name="Currency">Currency of all amounts.</param>
/// <param name="PricesIncludeTax">Whether unit prices contain the tax.</param>
/// <param name="Lines">What is bought; never empty, each offer once.</param>
/// <param name="Parts">One per seller in <paramref name="Lines" />.</param>
/// <param name="TotalMinor">Sum of the lines' totals.</param>
/// <param name="Payments">How it is paid; their amounts sum to <paramref name="TotalMinor" />. Empty when nothing is to pay.</param>
/// <param name="CouponCodes">Coupons taken for it, given back when it is cancelled before it was confirmed.</param>
/// <param name="ReturnUrl">Where a redirecting payment sends the browser afterwards.</param>
public sealed record CheckoutStarted(
    Guid OrderId,
    Guid? CartId,
    Guid? AccountId,
    Guid ContactId,
    string Country,
    string Postcode,
    string Currency,
    bool PricesIncludeTax,
    OrderedLine[] Lines,
    OrderedPart[] Parts,
    long TotalMinor,
    PaymentIntent[] Payments,
    string[] CouponCodes,
    string? ReturnUrl) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}
