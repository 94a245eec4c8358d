using Souk.Contracts.Orders;
using Souk.Inventory.Domain;

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

    /// <summary>Ends the reservations of some pieces: freed, or shipped. Answers for how many there was none.</summary>
    public static async Task<int> EndPieces(
        this InventoryDb db, IEnumerable<(Guid OrderId, LineQuantity Pieces)> pieces, bool shipped, string reason,
        CancellationToken ct)
    {
        // Two parcels of one line may come in one batch.
        var wanted = pieces.GroupBy(piece => (piece.OrderId, piece.Pieces.LineId))
            .ToDictionary(line => line.Key, line => line.Sum(piece => piece.Pieces.Quantity));
        var (stock, reservations) = await LockedStock.OfOrders(
            db, [.. wanted.Keys.Select(line => line.OrderId)], [.. wanted.Keys.Select(line => (Guid?)line.LineId)], ct);
        // A line may be split over warehouses: its pieces end one warehouse after the other.
        var (ending, staying) = (new List<Reservation>(), new List<Reservation>());
        foreach (var reservation in reservations.OrderBy(reservation => reservation.WarehouseId))
        {
            var line = (reservation.OrderId, reservation.LineId);
            var quantity = Math.Min(wanted[line], reservation.Quantity);
            if (quantity == 0)
                continue;
            wanted[line] -= quantity;
            ending.Add(reservation with { Quantity = quantity });
            if (quantity < reservation.Quantity)
                staying.Add(reservation with { Quantity = reservation.Quantity - quantity });
        }
        // A reservation ends as a whole: where some of it stays, that is taken out before and put back after.
        if (staying.Count > 0)
            db.Run("""
                update reservations r set quantity = r.quantity - s.quantity
                  from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[])
                       as s(order_id, line_id, warehouse_id, quantity)
                 where r.order_id = s.order_id and r.line_id = s.line_id and r.warehouse_id = s.warehouse_id
                """,
                Column(staying, r => r.OrderId), Column(staying, r => r.LineId), Column(staying, r => r.WarehouseId),
                Column(staying, r => r.Quantity));
        stock.End(ending, shipped, reason);
        if (staying.Count > 0)
            db.Run("""
                insert into reservations (order_id, line_id, warehouse_id, offer_id, quantity)
                select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[])
                """,
                Column(staying, r => r.OrderId), Column(staying, r => r.LineId), Column(staying, r => r.WarehouseId),
                Column(staying, r => r.OfferId), Column(staying, r => r.Quantity));
        stock.Write();
        return wanted.Values.Sum();
    }

    private static T[] Column<T>(List<Reservation> rows, Func<Reservation, T> value) => [.. rows.Select(value)];
}
