using Souk.Catalog.Reads;
using Souk.Contracts.Catalog;
using Souk.Platform.Db;

namespace Souk.Catalog;

/// <summary>Answers the other services that ask while a caller waits.</summary>
internal sealed class CatalogApi(Service<CatalogDb> service) : ICatalogApi
{
    private const int OffersMax = 100;

    public Task<IReadOnlyList<OfferChanged>> Offers(Guid[] offerIds, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offerIds.Length, OffersMax);
        return Read(" where o.id = any($1)", offerIds, ct);
    }

    public async Task<IReadOnlyList<OfferChanged>> OffersOfProduct(Guid productId, CancellationToken ct) =>
        await Read($" where o.product_id = $1 and {ProductReads.Buyable} order by o.price_minor, o.id limit {OffersMax}", productId, ct);

    private async Task<IReadOnlyList<OfferChanged>> Read(string where, object arg, CancellationToken ct) =>
        await service.Query(ProductReads.OfferStates + where, ProductReads.OfferState, ct, arg);
}
