using System.Text.Json.Serialization;
using Souk.Carts.Domain;
using Souk.Contracts;
using Souk.Contracts.Carts;

namespace Souk.Carts.Features;

/// <summary>A cart with its quote.</summary>
/// <param name="Id">The cart.</param>
/// <param name="Status"><c>open</c>, or <c>frozen</c> while a checkout holds it.</param>
/// <param name="Quote">Names this price: give it to <c>POST /cart/checkout</c>. It changes when anything in it changes.</param>
/// <param name="Currency">Currency of all amounts.</param>
/// <param name="PricesIncludeTax">Whether prices and delivery contain the tax.</param>
/// <param name="Lines">What is in it; a line's id is that of its offer.</param>
/// <param name="Parts">What each seller sends.</param>
/// <param name="Discounts">What was taken off.</param>
/// <param name="Items">Prices times quantities.</param>
/// <param name="Discount">All that was taken off the items.</param>
/// <param name="Delivery">All that sending costs, less what was taken off it.</param>
/// <param name="Tax">The tax, contained in the prices or added to them.</param>
/// <param name="Total">What there is to pay.</param>
/// <param name="Coupons">The codes given, whether they apply or not.</param>
/// <param name="Contact">Who buys and where it goes; null while that is not said.</param>
/// <param name="Problems">What is wrong or has changed; those that block must be mended before the checkout.</param>
/// <param name="CartToken">A guest's key to this cart: send it as <c>X-Cart-Token</c>. Null for who is signed in.</param>
public sealed record CartResponse(
    Guid Id,
    string Status,
    string Quote,
    string Currency,
    bool PricesIncludeTax,
    IReadOnlyList<CartLineResponse> Lines,
    IReadOnlyList<CartPartResponse> Parts,
    IReadOnlyList<CartDiscountResponse> Discounts,
    Money Items,
    Money Discount,
    Money Delivery,
    Money Tax,
    Money Total,
    IReadOnlyList<string> Coupons,
    ContactCard? Contact,
    IReadOnlyList<CartProblemResponse> Problems,
    string? CartToken)
{
    internal static CartResponse Of(Cart cart, Quote quote, string? token, bool explain = false)
    {
        var currency = quote.Currency;
        return new CartResponse(
            cart.Id,
            cart.IsFrozen ? "frozen" : "open",
            quote.Id,
            currency,
            quote.PricesIncludeTax,
            [.. quote.Lines.Select(line => CartLineResponse.Of(line, currency, explain ? LineExplanation.Of(line, quote) : null))],
            [.. quote.Parts.Select(part => CartPartResponse.Of(part, currency))],
            [.. quote.Promotions.Select(applied => new CartDiscountResponse(
                applied.Promotion.Id, applied.Promotion.Name, applied.Promotion.Code, new Money(applied.DiscountMinor, currency),
                applied.Promotion.Kind))],
            Items: new Money(quote.Lines.Sum(line => line.ItemsMinor), currency),
            Discount: new Money(quote.Lines.Sum(line => line.DiscountMinor), currency),
            Delivery: new Money(quote.Lines.Sum(line => line.DeliveryMinor), currency),
            Tax: new Money(quote.Lines.Sum(line => line.TaxMinor), currency),
            Total: new Money(quote.TotalMinor, currency),
            cart.Coupons,
            cart.Contact,
            CartProblemResponse.Of(quote),
            token);
    }
}

/// <summary>A line of a cart.</summary>
/// <param name="Id">The line: the id of its offer, which stands in one line only.</param>
/// <param name="OfferId">What is bought.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="VariantId">Its variant.</param>
/// <param name="CompanyId">Who sells it.</param>
/// <param name="ShopId">In which shop.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="Quantity">Pieces.</param>
/// <param name="UnitPrice">Price of one piece.</param>
/// <param name="Items">Price times quantity.</param>
/// <param name="Discount">Taken off the items.</param>
/// <param name="Delivery">Its share of its part's delivery, less what was taken off that.</param>
/// <param name="Tax">Tax on the line and its delivery.</param>
/// <param name="Total">What there is to pay for it.</param>
/// <param name="Explanation">Why it costs that; only when it was asked for with <c>?explain=true</c>.</param>
public sealed record CartLineResponse(
    Guid Id,
    Guid OfferId,
    Guid ProductId,
    Guid VariantId,
    Guid CompanyId,
    Guid ShopId,
    string Sku,
    string Title,
    int Quantity,
    Money UnitPrice,
    Money Items,
    Money Discount,
    Money Delivery,
    Money Tax,
    Money Total,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LineExplanation? Explanation = null)
{
    internal static CartLineResponse Of(QuotedLine line, string currency, LineExplanation? explanation = null) => new(
        Id: line.Offer.Id,
        OfferId: line.Offer.Id,
        ProductId: line.Offer.ProductId,
        VariantId: line.Offer.VariantId,
        CompanyId: line.Offer.CompanyId,
        ShopId: line.Offer.ShopId,
        line.Offer.Sku,
        line.Offer.Title,
        line.Quantity,
        UnitPrice: new Money(line.Offer.PriceMinor, currency),
        Items: new Money(line.ItemsMinor, currency),
        Discount: new Money(line.DiscountMinor, currency),
        Delivery: new Money(line.DeliveryMinor, currency),
        Tax: new Money(line.TaxMinor, currency),
        Total: new Money(line.TotalMinor, currency),
        explanation);
}

/// <summary>What one seller sends.</summary>
/// <param name="CompanyId">The seller.</param>
/// <param name="DeliveryMethodId">How it is sent; null while the address is not known, or when nobody delivers there.</param>
/// <param name="DeliveryMethod">Its name.</param>
/// <param name="Items">Prices times quantities.</param>
/// <param name="Discount">Taken off.</param>
/// <param name="Delivery">What sending costs.</param>
/// <param name="Tax">Tax.</param>
/// <param name="Total">What there is to pay for it.</param>
public sealed record CartPartResponse(
    Guid CompanyId,
    Guid? DeliveryMethodId,
    string? DeliveryMethod,
    Money Items,
    Money Discount,
    Money Delivery,
    Money Tax,
    Money Total)
{
    internal static CartPartResponse Of(QuotedPart part, string currency) => new(
        CompanyId: part.CompanyId,
        DeliveryMethodId: part.Method?.Id,
        part.Method?.Name,
        Items: new Money(part.ItemsMinor, currency),
        Discount: new Money(part.DiscountMinor, currency),
        Delivery: new Money(part.DeliveryMinor, currency),
        Tax: new Money(part.TaxMinor, currency),
        Total: new Money(part.TotalMinor, currency));
}

/// <summary>A promotion that took something off.</summary>
/// <param name="PromotionId">The promotion.</param>
/// <param name="Name">Its name.</param>
/// <param name="Coupon">The code that asked for it; null when it applied by itself.</param>
/// <param name="Discount">What it took off.</param>
/// <param name="Kind">Of what: <c>delivery</c>, or of the items: <c>order</c>, <c>item</c>, <c>buy_x_get_y</c>.</param>
public sealed record CartDiscountResponse(Guid PromotionId, string Name, string? Coupon, Money Discount, string Kind);

/// <summary>Something that is wrong or has changed.</summary>
/// <param name="Code">Stable: <c>price_changed</c>, <c>out_of_stock</c>, <c>not_available</c>, <c>currency_mismatch</c>, <c>address_needed</c>, <c>no_delivery</c>, <c>delivery_changed</c>, <c>coupon_not_valid</c>.</param>
/// <param name="Detail">A sentence for the buyer.</param>
/// <param name="Blocks">Whether it must be mended before the checkout.</param>
/// <param name="LineId">The line it concerns.</param>
/// <param name="CompanyId">The seller it concerns.</param>
/// <param name="Coupon">The coupon it concerns.</param>
public sealed record CartProblemResponse(string Code, string Detail, bool Blocks, Guid? LineId, Guid? CompanyId, string? Coupon)
{
    internal static CartProblemResponse[] Of(Quote quote) => [.. quote.Problems.Select(problem => new CartProblemResponse(
        problem.Code, problem.Detail, problem.Blocks, LineId: problem.OfferId, CompanyId: problem.CompanyId, problem.Coupon))];
}
