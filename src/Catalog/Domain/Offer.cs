using Souk.Contracts;
using Souk.Platform.Db;
using Souk.Platform.Http;

namespace Souk.Catalog.Domain;

/// <summary>
/// A shop sells a variant at a price. Whether it can be bought now depends on more than it: the product is published, the
/// company approved, the shop active.
/// </summary>
internal sealed class Offer : IVersioned
{
    // A trillion minor units: more than any price, and a thousand lines of it still fit a long.
    public const long PriceMax = 1_000_000_000_000;
    public const string TaxCategoryDefault = "standard";

    public Guid Id { get; private set; }
    public Guid ProductId { get; private set; }
    public Guid VariantId { get; private set; }
    public Guid CompanyId { get; private set; }
    public Guid ShopId { get; private set; }
    public string Sku { get; private set; } = "";
    public long PriceMinor { get; private set; }
    public string Currency { get; private set; } = "";
    public long? DeliveryFeeMinor { get; private set; }
    public string TaxCategory { get; private set; } = TaxCategoryDefault;

    /// <summary>The seller's own switch.</summary>
    public bool Active { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset UpdatedAt { get; private set; }
    public long Version { get; set; }

    /// <summary>A new offer, switched on. The seller's number; null makes one.</summary>
    public static Offer Of(
        Guid productId, Guid variantId, Guid companyId, Guid shopId, string? sku, OfferTerms terms, bool active, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        var offer = new Offer
        {
            Id = id,
            ProductId = productId,
            VariantId = variantId,
            CompanyId = companyId,
            ShopId = shopId,
            Sku = sku?.Trim() ?? "SKU-" + id.ToString("N")[^12..].ToUpperInvariant(),
            CreatedAt = now,
        };
        offer.Become(terms, active, now);
        return offer;
    }

    /// <summary>Replaces what the seller may set.</summary>
    public void Change(OfferTerms terms, bool active, DateTimeOffset now)
    {
        if (EndedAt is not null)
            throw new RuleException("offer_ended", "This offer has ended. Make a new one.");
        Become(terms, active, now);
    }

    /// <summary>Ends it for good; its SKU is free again.</summary>
    public void End(DateTimeOffset now)
    {
        if (EndedAt is not null)
            throw new RuleException("offer_ended", "This offer has ended already.");
        (Active, EndedAt, UpdatedAt) = (false, now, now);
    }

    private void Become(OfferTerms terms, bool active, DateTimeOffset now) =>
        (PriceMinor, Currency, DeliveryFeeMinor, TaxCategory, Active, UpdatedAt) =
        (terms.PriceMinor, terms.Currency, terms.DeliveryFeeMinor, terms.TaxCategory, active, now);
}

/// <summary>Price and what belongs to it, checked.</summary>
internal sealed record OfferTerms(long PriceMinor, string Currency, long? DeliveryFeeMinor, string TaxCategory)
{
    /// <summary>Checks what a seller asks for. Everything is sold in it.</summary>
    /// <exception cref="RuleException">422 <c>currency_mismatch</c> or <c>out_of_range</c>.</exception>
    public static OfferTerms Of(string marketplaceCurrency, Money price, Money? deliveryFee, string? taxCategory, string pointer = "") => new(
        Minor(marketplaceCurrency, price, pointer + "/price"), marketplaceCurrency,
        deliveryFee is { } fee ? Minor(marketplaceCurrency, fee, pointer + "/delivery_fee") : null,
        taxCategory ?? Offer.TaxCategoryDefault);

    private static long Minor(string currency, Money money, string pointer)
    {
        if (money.Currency != currency)
            throw RuleException.Invalid(pointer + "/currency", "currency_mismatch", $"This marketplace sells in {currency}.");
        if (money.Amount is < 0 or > Offer.PriceMax)
            throw RuleException.Invalid(pointer + "/amount", "out_of_range", $"An amount is between 0 and {Offer.PriceMax} minor units.");
        return money.Amount;
    }
}
