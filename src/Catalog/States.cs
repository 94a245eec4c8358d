using Souk.Catalog.Reads;
using Souk.Contracts.Catalog;

namespace Souk.Catalog;

/// <summary>The present states of what Catalog owns, for those who lost them.</summary>
internal static class States
{
    public static Task<List<OfferChanged>> OfOffers(CatalogDb db, Guid[] ids, CancellationToken ct) =>
        db.Query(ProductReads.OfferStates + " where o.id = any($1)", ProductReads.OfferState, ct, ids);
}
