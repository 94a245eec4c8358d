using Souk.Contracts.Catalog;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>Keeps who sells which offer, so that a seller's stock can be told from another's.</summary>
internal sealed class OnOfferChanged(InventoryDb db) : IHandleBatch<OfferChanged>
{
    public Task Handle(IReadOnlyList<OfferChanged> events, CancellationToken ct)
    {
        db.Keep(events);
        return Task.CompletedTask;
    }
}

/// <summary>The projection of offers, also for features that met one before its event.</summary>
internal static class OfferProjection
{
    /// <summary>Keeps the newest of each offer.</summary>
    public static void Keep(this InventoryDb db, IEnumerable<OfferChanged> offers)
    {
        // One statement cannot change a row twice: of several states of one offer only the newest goes in.
        OfferChanged[] newest = [.. offers.GroupBy(offer => offer.OfferId).Select(states => states.MaxBy(state => state.Version)!)];
        db.Run("""
            insert into offers as o (id, product_id, variant_id, company_id, sku, title, active, version)
            select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bool[], $8::bigint[])
            on conflict (id) do update
               set product_id = excluded.product_id, variant_id = excluded.variant_id, company_id = excluded.company_id,
                   sku = excluded.sku, title = excluded.title, active = excluded.active, version = excluded.version
             where excluded.version > o.version
            """,
            newest.Select(o => o.OfferId).ToArray(), newest.Select(o => o.ProductId).ToArray(), newest.Select(o => o.VariantId).ToArray(),
            newest.Select(o => o.CompanyId).ToArray(), newest.Select(o => o.Sku).ToArray(), newest.Select(o => o.Title).ToArray(),
            newest.Select(o => o.Active).ToArray(), newest.Select(o => o.Version).ToArray());
    }
}
