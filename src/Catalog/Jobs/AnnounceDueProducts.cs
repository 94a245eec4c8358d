using Souk.Platform.Jobs;

namespace Souk.Catalog.Jobs;

/// <summary>
/// Announces the products of the table <c>due_products</c> and their offers again: those that were too many for the transaction
/// which found them (a big company was suspended, say), and all of them when a service that follows the catalogue begins anew.
/// </summary>
internal sealed class AnnounceDueProducts(CatalogDb db) : IJob
{
    public async Task Run(CancellationToken ct)
    {
        var products = await db.Query("""
            delete from due_products where product_id in (select product_id from due_products order by product_id limit $1)
            returning product_id
            """, reader => reader.GetGuid(0), ct, CatalogDb.AnnouncedMax);
        await db.AnnounceProducts([.. products], ct);
    }
}
