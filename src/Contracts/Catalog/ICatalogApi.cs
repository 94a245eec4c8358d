namespace Souk.Contracts.Catalog;

/// <summary>What other services may ask Catalog while a caller waits: they meet an offer before its event reached them.</summary>
public interface ICatalogApi
{
    /// <summary>The offers as they are now; those that are not there are left out. At most 100 ids.</summary>
    Task<IReadOnlyList<OfferChanged>> Offers(Guid[] offerIds, CancellationToken ct);

    /// <summary>The active offers of a product; empty when there is no such product. The product's variants tell which is meant.</summary>
    Task<IReadOnlyList<OfferChanged>> OffersOfProduct(Guid productId, CancellationToken ct);
}
