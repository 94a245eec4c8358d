namespace Souk.Contracts.Catalog;

/// <summary>A product as it is now.</summary>
/// <param name="ProductId">The product; also the key.</param>
/// <param name="Name">Its name.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Status"><c>draft</c>, <c>published</c> or <c>archived</c>.</param>
/// <param name="CompanyId">Who keeps its text; others may offer it too.</param>
/// <param name="CategoryIds">Its categories, without their ancestors.</param>
/// <param name="Variants">Its variants; never empty.</param>
/// <param name="Version">Grows with every change.</param>
public sealed record ProductChanged(
    Guid ProductId, string Name, string Slug, string Status, Guid CompanyId, Guid[] CategoryIds, VariantState[] Variants, long Version) : IStateEvent
{
    /// <inheritdoc />
    public Guid Key => ProductId;
}

/// <summary>A variant of a product: what has its own price and stock.</summary>
/// <param name="VariantId">The variant.</param>
/// <param name="Title">What tells it from the others, for example <c>red / L</c>; empty when it is the only one.</param>
/// <param name="WeightGrams">Weight, where it is known.</param>
public sealed record VariantState(Guid VariantId, string Title, int? WeightGrams);

/// <summary>An offer as it is now, with all a cart needs to show and price a line of it.</summary>
/// <param name="OfferId">The offer; also the key.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="VariantId">Its variant.</param>
/// <param name="CompanyId">Who sells it.</param>
/// <param name="ShopId">In which shop.</param>
/// <param name="Sku">The seller's number of it, unique in the company.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="PriceMinor">Price of one piece.</param>
/// <param name="Currency">Its currency.</param>
/// <param name="DeliveryFeeMinor">Delivery per piece in place of the method's per-item rate; null for that rate.</param>
/// <param name="TaxCategory">Its tax category.</param>
/// <param name="CategoryIds">Categories of its product, with their ancestors.</param>
/// <param name="WeightGrams">Weight of one piece, where it is known.</param>
/// <param name="Active">Whether it can be bought: the product is published, the offer not ended, shop and company are active.</param>
/// <param name="Version">Grows with every change.</param>
public sealed record OfferChanged(
    Guid OfferId,
    Guid ProductId,
    Guid VariantId,
    Guid CompanyId,
    Guid ShopId,
    string Sku,
    string Title,
    long PriceMinor,
    string Currency,
    long? DeliveryFeeMinor,
    string TaxCategory,
    Guid[] CategoryIds,
    int? WeightGrams,
    bool Active,
    long Version) : IStateEvent
{
    /// <inheritdoc />
    public Guid Key => OfferId;
}

/// <summary>A seller gave the first stock of a new offer together with the offer itself (<c>stock</c> of <c>POST /products</c>).</summary>
/// <param name="OfferId">The offer; also the key.</param>
/// <param name="CompanyId">Its seller; the stock goes to the company's default warehouse.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Quantity">Pieces, more than 0.</param>
/// <param name="AccountId">Who did it, for the movement's record.</param>
public sealed record OfferStocked(Guid OfferId, Guid CompanyId, string Sku, long Quantity, Guid AccountId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OfferId;
}

/// <summary>
/// What everybody sees of some products changed, whatever the reason: their ready-made answers end in every process that
/// hosts the catalogue. Nobody else needs it.
/// </summary>
/// <param name="Key">The first of them.</param>
/// <param name="ProductIds">The products; none means all.</param>
public sealed record CatalogViewsChanged(Guid Key, Guid[] ProductIds) : IEvent;
