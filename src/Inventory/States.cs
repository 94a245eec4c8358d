using Souk.Contracts.Inventory;

namespace Souk.Inventory;

/// <summary>The present states of what Inventory owns, for those who lost them.</summary>
internal static class States
{
    /// <summary>What was said last: what changed a little since then follows with the sweep, as ever.</summary>
    public static Task<List<AvailabilityChanged>> OfAvailability(InventoryDb db, Guid[] ids, CancellationToken ct) =>
        db.Query(
            "select offer_id, published, version from availability where offer_id = any($1)",
            row => new AvailabilityChanged(row.GetGuid(0), row.GetInt64(1), row.GetInt64(2)), ct, ids);
}
