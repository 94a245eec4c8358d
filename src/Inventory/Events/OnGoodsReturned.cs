using Souk.Contracts.Orders;
using Souk.Inventory.Domain;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>
/// Goods came back that are sold again: they lie where they were put, if the seller may use that warehouse, else in the
/// seller's default one. A movement says so; how many the warehouse may hold is not asked, because they are there.
/// </summary>
internal sealed class OnGoodsReturned(InventoryDb db) : IHandleBatch<GoodsReturned>
{
    // An own warehouse, or an operator's that holds the offer already.
    private const string Named = """
        select distinct w.id, p.offer_id
          from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as p(warehouse_id, offer_id, company_id)
          join warehouses w on w.id = p.warehouse_id and w.closed_at is null
         where w.company_id = p.company_id
            or exists (select 1 from stock s where s.offer_id = p.offer_id and s.warehouse_id = w.id)
        """;

    public async Task Handle(IReadOnlyList<GoodsReturned> events, CancellationToken ct)
    {
        var pieces = events.SelectMany(e => e.Lines, (e, line) => (Return: e, Line: line)).ToArray();
        var put = pieces.Where(piece => piece.Return.WarehouseId is not null).ToArray();
        var allowed = put is [] ? [] : (await db.Query(
            Named, row => (row.GetGuid(0), row.GetGuid(1)), ct,
            Array.ConvertAll(put, piece => piece.Return.WarehouseId!.Value),
            Array.ConvertAll(put, piece => piece.Line.OfferId),
            Array.ConvertAll(put, piece => piece.Return.CompanyId))).ToHashSet();
        var defaults = await db.DefaultWarehousesOf(events.Select(e => e.CompanyId), ct);

        var stock = await LockedStock.Open(
            db, [.. pieces.Select(piece => (piece.Line.OfferId, Place(piece.Return, piece.Line.OfferId)))], ct);
        foreach (var (e, line) in pieces)
            stock.Move(
                stock.Shelf(line.OfferId, Place(e, line.OfferId))!, line.Quantity,
                new MovementNote(MovementKind.In, e.OrderId, e.AccountId, Reason: "returned"));
        stock.Write();

        Guid Place(GoodsReturned e, Guid offerId) =>
            e.WarehouseId is { } named && allowed.Contains((named, offerId)) ? named : defaults[e.CompanyId];
    }
}
