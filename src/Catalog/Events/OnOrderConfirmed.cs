using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Catalog.Events;

/// <summary>Counts what was sold, for the ranking. The job <see cref="Jobs.RankProducts" /> makes it show.</summary>
internal sealed class OnOrderConfirmed(CatalogDb db) : IHandleBatch<OrderConfirmed>
{
    public Task Handle(IReadOnlyList<OrderConfirmed> events, CancellationToken ct)
    {
        var sold = events.SelectMany(e => e.Lines).GroupBy(line => line.ProductId)
            .Select(lines => (ProductId: lines.Key, Pieces: lines.Sum(line => (long)line.Quantity)))
            .OrderBy(line => line.ProductId).ToArray();
        db.Run("""
            insert into sales as s (product_id, pieces, ranked)
            select product_id, pieces, false from unnest($1::uuid[], $2::bigint[]) as n(product_id, pieces)
                on conflict (product_id) do update set pieces = s.pieces + excluded.pieces, ranked = false
            """, sold.Select(line => line.ProductId).ToArray(), sold.Select(line => line.Pieces).ToArray());
        return Task.CompletedTask;
    }
}
