namespace Souk.Carts.Domain;

/// <summary>A line with its money. All amounts are minor units of the quote's currency.</summary>
internal sealed class QuotedLine(Offer offer, int quantity, long itemsMinor)
{
    public Offer Offer { get; } = offer;

    public int Quantity { get; } = quantity;

    /// <summary>Price times quantity.</summary>
    public long ItemsMinor { get; } = itemsMinor;

    public long DiscountMinor { get; set; }

    /// <summary>The share of the discount that the marketplace pays.</summary>
    public long DiscountByMarketplaceMinor { get; set; }

    public long DeliveryMinor { get; set; }

    /// <summary>Tax on items and delivery, whether prices contain it or not.</summary>
    public long TaxMinor { get; set; }

    public long TotalMinor { get; set; }
}

/// <summary>What one seller sends, with the sums of its lines.</summary>
internal sealed class QuotedPart(Guid companyId, QuotedLine[] lines)
{
    public Guid CompanyId { get; } = companyId;

    public QuotedLine[] Lines { get; } = lines;

    /// <summary>How it is sent; null when that cannot be said yet, which is one of the quote's problems.</summary>
    public DeliveryMethod? Method { get; set; }

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
internal sealed record AppliedPromotion(Promotion Promotion, long DiscountMinor);

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
