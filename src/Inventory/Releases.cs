namespace Souk.Inventory;

/// <summary>How reservations of whole orders or of some lines end, for all who end them.</summary>
internal static class Releases
{
    /// <summary>Frees everything that the orders hold. An order that holds nothing is passed over: the time limit or its part was faster.</summary>
    public static async Task ReleaseOrders(this InventoryDb db, Guid[] orderIds, string reason, CancellationToken ct)
    {
        // The hold first: expiry takes it before it touches stock, so we wait for it here and then see what it left.
        db.Run("delete from holds where order_id = any($1)", orderIds);
        var (stock, reservations) = await LockedStock.OfOrders(db, orderIds, new Guid?[orderIds.Length], ct);
        stock.End(reservations, shipped: false, reason);
        stock.Write();
    }

    /// <summary>Ends the reservations of some lines: freed, or shipped. Answers what there was.</summary>
    public static async Task<int> EndLines(
        this InventoryDb db, IReadOnlyCollection<(Guid OrderId, Guid LineId)> lines, bool shipped, string reason, CancellationToken ct)
    {
        var (stock, reservations) = await LockedStock.OfOrders(
            db, [.. lines.Select(line => line.OrderId)], [.. lines.Select(line => (Guid?)line.LineId)], ct);
        stock.End(reservations, shipped, reason);
        stock.Write();
        return reservations.Count;
    }
}
