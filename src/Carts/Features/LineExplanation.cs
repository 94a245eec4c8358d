using Souk.Carts.Domain;
using Souk.Contracts;

namespace Souk.Carts.Features;

/// <summary>Why a line costs what it costs. All amounts are those that the line's own sums are made of.</summary>
/// <param name="Price">Where the price comes from.</param>
/// <param name="Discounts">What was taken off the line, and by what, in the order in which it was.</param>
/// <param name="Delivery">How its delivery comes about; null while nobody delivers, or the address is not known.</param>
/// <param name="Tax">How it is taxed; null while the address is not known.</param>
public sealed record LineExplanation(
    PriceExplanation Price, IReadOnlyList<DiscountExplanation> Discounts, DeliveryExplanation? Delivery, TaxExplanation? Tax)
{
    internal static LineExplanation Of(QuotedLine line, Quote quote)
    {
        var currency = quote.Currency;
        var method = quote.Parts.First(part => part.CompanyId == line.Offer.CompanyId) is { Method: { } chosen } part
            ? (Chosen: chosen, part.IsFree)
            : default;
        return new LineExplanation(
            new PriceExplanation(
                new Money(line.Offer.PriceMinor, currency),
                line.PriceSeenMinor is { } seen ? new Money(seen, currency) : null,
                line.Quantity,
                quote.PricesIncludeTax),
            [.. quote.Promotions.Select(applied => DiscountExplanation.Of(applied, line, currency)).OfType<DiscountExplanation>()],
            method.Chosen is null ? null : DeliveryExplanation.Of(line, method.Chosen, method.IsFree, currency),
            method.Chosen is null ? null : TaxExplanation.Of(line, method.Chosen, currency));
    }
}

/// <summary>Where a price comes from.</summary>
/// <param name="UnitPrice">What the seller asks for one piece now.</param>
/// <param name="UnitPriceSeen">What it was when the line was put in or changed; null when nobody saw one.</param>
/// <param name="Quantity">Pieces.</param>
/// <param name="IncludesTax">Whether it contains the tax.</param>
public sealed record PriceExplanation(Money UnitPrice, Money? UnitPriceSeen, int Quantity, bool IncludesTax);

/// <summary>What one promotion took off a line.</summary>
/// <param name="PromotionId">The promotion.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>delivery</c>: off the delivery; else off the items.</param>
/// <param name="Coupon">The code that asked for it; null when it applied by itself.</param>
/// <param name="Percent">Its terms: the percentage; null when it is an amount.</param>
/// <param name="Amount">Its terms: the amount, off all that it is for; of <c>item</c> off each piece.</param>
/// <param name="FundedBy"><c>seller</c> or <c>marketplace</c>: who pays it.</param>
/// <param name="Discount">What it took off this line.</param>
public sealed record DiscountExplanation(
    Guid PromotionId, string Name, string Kind, string? Coupon, decimal? Percent, Money? Amount, string FundedBy, Money Discount)
{
    internal static DiscountExplanation? Of(AppliedPromotion applied, QuotedLine line, string currency)
    {
        var at = Array.IndexOf(applied.Lines, line);
        if (at < 0 || applied.Shares[at] == 0)
            return null;
        var promotion = applied.Promotion;
        return new DiscountExplanation(
            promotion.Id,
            promotion.Name,
            promotion.Kind,
            promotion.Code,
            promotion.Percent,
            promotion.AmountMinor is { } amount ? new Money(amount, currency) : null,
            promotion.ByMarketplace ? "marketplace" : "seller",
            new Money(applied.Shares[at], currency));
    }
}

/// <summary>How the delivery of a line comes about: base, pieces and weight, less the discount.</summary>
/// <param name="MethodId">How it is sent.</param>
/// <param name="Method">Its name.</param>
/// <param name="Base">Its share of what the part costs to send at all, by what the lines are worth.</param>
/// <param name="Pieces">What its pieces cost to send.</param>
/// <param name="Weight">Its share of what the part's weight costs, by what the lines weigh.</param>
/// <param name="Discount">Taken off by promotions.</param>
/// <param name="OwnFee">The offer's own fee for each piece took the place of the method's rate; null when it has none.</param>
/// <param name="IsFree">The part's items reach the amount from which the method is free.</param>
public sealed record DeliveryExplanation(
    Guid MethodId, string Method, Money Base, Money Pieces, Money Weight, Money Discount, Money? OwnFee, bool IsFree)
{
    internal static DeliveryExplanation Of(QuotedLine line, DeliveryMethod method, bool isFree, string currency) => new(
        method.Id,
        method.Name,
        Base: new Money(line.DeliveryBaseMinor, currency),
        Pieces: new Money(line.DeliveryPiecesMinor, currency),
        Weight: new Money(line.DeliveryWeightMinor, currency),
        Discount: new Money(line.DeliveryDiscountMinor, currency),
        OwnFee: line.Offer.DeliveryFeeMinor is { } fee ? new Money(fee, currency) : null,
        isFree);
}

/// <summary>How a line is taxed.</summary>
/// <param name="Category">The tax category of the offer.</param>
/// <param name="Percent">Its percentage where the line goes to.</param>
/// <param name="Items">Tax on the items less discount.</param>
/// <param name="DeliveryCategory">The tax category of the delivery method.</param>
/// <param name="DeliveryPercent">Its percentage there.</param>
/// <param name="Delivery">Tax on the delivery.</param>
public sealed record TaxExplanation(
    string Category, decimal Percent, Money Items, string DeliveryCategory, decimal DeliveryPercent, Money Delivery)
{
    internal static TaxExplanation Of(QuotedLine line, DeliveryMethod method, string currency) => new(
        line.Offer.TaxCategory,
        line.ItemsTaxPercent,
        Items: new Money(line.ItemsTaxMinor, currency),
        method.TaxCategory,
        line.DeliveryTaxPercent,
        Delivery: new Money(line.DeliveryTaxMinor, currency));
}
