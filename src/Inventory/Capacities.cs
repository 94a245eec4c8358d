namespace Souk.Inventory;

/// <summary>
/// How much the warehouses still hold, for those who bring goods. The rows of warehouses with a limit are locked, always
/// before stock, so that two deliveries do not share the last place.
/// </summary>
internal sealed class Capacities
{
    private readonly Dictionary<Guid, long> room = [];

    public static async Task<Capacities> Lock(InventoryDb db, IEnumerable<Guid> warehouseIds, CancellationToken ct)
    {
        var capacities = new Capacities();
        var limited = await db.Query(
            "select id, capacity from warehouses where id = any($1) and capacity is not null order by id for no key update",
            reader => (Id: reader.GetGuid(0), Capacity: reader.GetInt64(1)), ct, warehouseIds.Distinct().ToArray());
        if (limited.Count == 0)
            return capacities;
        var used = await db.Query(
            "select warehouse_id, sum(on_hand)::bigint from stock where warehouse_id = any($1) group by 1",
            reader => (Id: reader.GetGuid(0), Pieces: reader.GetInt64(1)), ct, limited.Select(warehouse => warehouse.Id).ToArray());
        foreach (var (id, capacity) in limited)
            capacities.room[id] = capacity - used.Find(warehouse => warehouse.Id == id).Pieces;
        return capacities;
    }

    /// <summary>Takes the room for more pieces, or gives back that of fewer. False when there is not enough; then nothing is taken.</summary>
    public bool TryTake(Guid warehouseId, long pieces)
    {
        if (!room.TryGetValue(warehouseId, out var left))
            return true;
        if (pieces > 0 && pieces > left)
            return false;
        room[warehouseId] = left - pieces;
        return true;
    }
}
