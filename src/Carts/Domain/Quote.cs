namespace Souk.Carts.Domain;

/// <summary>A line with its money. All amounts are minor units of the quote's currency.</summary>
internal sealed class QuotedLine(Offer offer, int quantity, long itemsMinor, long? priceSeenMinor)
{
    public Offer Offer { get; } = offer;

    public int Quantity { get; } = quantity;

    /// <summary>Price times quantity.</summary>
    public long ItemsMinor { get; } = itemsMinor;

    /// <summary>The price when it was put in; null when there is none to compare with.</summary>
    public long? PriceSeenMinor { get; } = priceSeenMinor;

    /// <summary>Taken off the items.</summary>
    public long DiscountMinor { get; private set; }

    /// <summary>What the marketplace pays of all that was taken off, also off the delivery; its seller gets that much all the same.</summary>
    public long DiscountByMarketplaceMinor { get; private set; }

    /// <summary>What of that is off the delivery.</summary>
    public long DeliveryDiscountByMarketplaceMinor { get; private set; }

    /// <summary>The line's share of what the part costs to send at all.</summary>
    public long DeliveryBaseMinor { get; private set; }

    /// <summary>What sending its pieces costs.</summary>
    public long DeliveryPiecesMinor { get; private set; }

    /// <summary>Its share of what the part's weight costs.</summary>
    public long DeliveryWeightMinor { get; private set; }

    /// <summary>Taken off the delivery.</summary>
    public long DeliveryDiscountMinor { get; private set; }

    /// <summary>What the buyer pays for its delivery.</summary>
    public long DeliveryMinor => checked(DeliveryBaseMinor + DeliveryPiecesMinor + DeliveryWeightMinor) - DeliveryDiscountMinor;

    public decimal ItemsTaxPercent { get; set; }

    public long ItemsTaxMinor { get; set; }

    public decimal DeliveryTaxPercent { get; set; }

    public long DeliveryTaxMinor { get; set; }

    /// <summary>Tax on items and delivery, whether prices contain it or not.</summary>
    public long TaxMinor => checked(ItemsTaxMinor + DeliveryTaxMinor);

    public long TotalMinor { get; set; }

    /// <summary>A promotion took something off.</summary>
    public bool IsReduced { get; private set; }

    /// <summary>An exclusive promotion did: no other may.</summary>
    public bool IsClosed { get; private set; }

    public void SetDelivery(long baseMinor, long piecesMinor, long weightMinor) =>
        (DeliveryBaseMinor, DeliveryPiecesMinor, DeliveryWeightMinor) = (baseMinor, piecesMinor, weightMinor);

    /// <summary>A promotion takes its share off the line; not more than there is.</summary>
    public void TakeOff(Promotion promotion, long minor)
    {
        if (promotion.Kind == PromotionKind.Delivery)
            DeliveryDiscountMinor += minor;
        else
            DiscountMinor += minor;
        if (promotion.ByMarketplace)
        {
            DiscountByMarketplaceMinor += minor;
            DeliveryDiscountByMarketplaceMinor += promotion.Kind == PromotionKind.Delivery ? minor : 0;
        }
        IsReduced = true;
        IsClosed |= promotion.Exclusive;
    }
}

/// <summary>What one seller sends, with the sums of its lines.</summary>
internal sealed class QuotedPart(Guid companyId, QuotedLine[] lines)
{
    public Guid CompanyId { get; } = companyId;

    public QuotedLine[] Lines { get; } = lines;

    /// <summary>What the items of the part cost that these lines go along with; null when they go alone.</summary>
    public long? JoinsMinor { get; init; }

    /// <summary>How it is sent; null when that cannot be said yet, which is one of the quote's problems.</summary>
    public DeliveryMethod? Method { get; set; }

    /// <summary>Whether its items reach what makes the method free.</summary>
    public bool IsFree { get; set; }

    public long ItemsMinor => Lines.Sum(line => line.ItemsMinor);

    public long DiscountMinor => Lines.Sum(line => line.DiscountMinor);

    public long DeliveryMinor => Lines.Sum(line => line.DeliveryMinor);

    public long TaxMinor => Lines.Sum(line => line.TaxMinor);

    public long TotalMinor => Lines.Sum(line => line.TotalMinor);
}

/// <summary>Something the buyer must know, and perhaps mend, before the checkout.</summary>
/// <param name="Code">Stable: <c>price_changed</c>, <c>out_of_stock</c>, <c>not_available</c>, <c>address_needed</c>, <c>no_delivery</c>, <c>delivery_changed</c>, <c>coupon_not_valid</c>.</param>
/// <param name="Detail">A sentence for the buyer.</param>
/// <param name="OfferId">The line it concerns.</param>
/// <param name="CompanyId">The seller it concerns.</param>
/// <param name="Coupon">The coupon it concerns.</param>
/// <param name="Blocks">Whether nothing can be bought before it is mended.</param>
internal sealed record QuoteProblem(
    string Code, string Detail, Guid? OfferId = null, Guid? CompanyId = null, string? Coupon = null, bool Blocks = false);

/// <summary>A promotion that took something off.</summary>
/// <param name="Promotion">The promotion.</param>
/// <param name="DiscountMinor">What it took off, more than 0.</param>
/// <param name="Lines">The lines it looked at.</param>
/// <param name="Shares">What it took off each of them.</param>
internal sealed record AppliedPromotion(Promotion Promotion, long DiscountMinor, QuotedLine[] Lines, long[] Shares);

/// <summary>The price of a basket, to the minor unit.</summary>
/// <param name="Id">Names everything in it: it changes when anything that is priced, sent or wrong changes.</param>
/// <param name="Currency">Currency of all amounts.</param>
/// <param name="PricesIncludeTax">Whether prices contain the tax.</param>
/// <param name="Lines">In the order they were put in; lines whose offer is gone are not among them.</param>
/// <param name="Parts">One per seller, in the order of the lines.</param>
/// <param name="Promotions">What took something off.</param>
/// <param name="Problems">What is wrong.</param>
internal sealed record Quote(
    string Id,
    string Currency,
    bool PricesIncludeTax,
    IReadOnlyList<QuotedLine> Lines,
    IReadOnlyList<QuotedPart> Parts,
    IReadOnlyList<AppliedPromotion> Promotions,
    IReadOnlyList<QuoteProblem> Problems)
{
    /// <summary>What there is to pay.</summary>
    public long TotalMinor { get; } = Lines.Sum(line => line.TotalMinor);

    /// <summary>Whether it can be bought as it is.</summary>
    public bool CanBeBought => Lines.Count > 0 && !Problems.Any(problem => problem.Blocks);
}
