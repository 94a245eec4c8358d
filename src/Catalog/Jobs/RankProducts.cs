using Souk.Platform.Jobs;

namespace Souk.Catalog.Jobs;

/// <summary>
/// Makes sales show in the ranking: its value is the staff's boost plus a thousand times the natural logarithm of the pieces
/// sold, so that the first sales lift a product much and the thousandth hardly. Gathered, because a hot product sells often.
/// </summary>
internal sealed class RankProducts(CatalogDb db) : IJob
{
    private const int ProductsMax = 500;

    public async Task Run(CancellationToken ct)
    {
        var products = await db.Query("""
            update sales set ranked = true
             where product_id in (select product_id from sales where not ranked order by product_id limit $1 for update skip locked)
            returning product_id
            """, reader => reader.GetGuid(0), ct, ProductsMax);
        db.Refresh([.. products]);
    }
}
