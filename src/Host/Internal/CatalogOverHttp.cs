using Souk.Contracts.Catalog;

namespace Souk.Host.Internal;

/// <summary>Catalog's reads when another process hosts it.</summary>
internal sealed class CatalogOverHttp(Neighbour catalog) : ICatalogApi
{
    /// <summary>The other end.</summary>
    public static void Answer(InternalRoutes<ICatalogApi> routes)
    {
        routes.Answer<Guid[], IReadOnlyList<OfferChanged>>("offers", (catalog, ids, ct) => catalog.Offers(ids, ct));
        routes.Answer<Guid, IReadOnlyList<OfferChanged>>("offers-of-product",
            (catalog, id, ct) => catalog.OffersOfProduct(id, ct));
    }

    public Task<IReadOnlyList<OfferChanged>> Offers(Guid[] offerIds, CancellationToken ct) =>
        catalog.Ask<Guid[], IReadOnlyList<OfferChanged>>("offers", offerIds, ct);

    public Task<IReadOnlyList<OfferChanged>> OffersOfProduct(Guid productId, CancellationToken ct) =>
        catalog.Ask<Guid, IReadOnlyList<OfferChanged>>("offers-of-product", productId, ct);
}
