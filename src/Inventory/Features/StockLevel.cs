using Npgsql;
using Souk.Inventory.Domain;

namespace Souk.Inventory.Features;

/// <summary>What lies of one offer in one warehouse.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="WarehouseId">The warehouse.</param>
/// <param name="Warehouse">Its name.</param>
/// <param name="OnHand">Pieces there.</param>
/// <param name="Reserved">Those of them that orders have taken.</param>
/// <param name="Available">The rest.</param>
/// <param name="Version">Grows with every change of what is on hand; its ETag.</param>
/// <param name="Backordered">Pieces that orders wait for; what comes in goes to them first.</param>
public sealed record StockLevel(
    Guid OfferId, Guid ProductId, Guid CompanyId, string Sku, string Title, Guid WarehouseId, string Warehouse,
    long OnHand, long Reserved, long Available, long Version, long Backordered)
{
    /// <summary>The columns of <see cref="Read" />, of stock <c>s</c>, offers <c>o</c> and warehouses <c>w</c>.</summary>
    internal const string Columns = """
        s.offer_id, o.product_id, o.company_id, o.sku, o.title, s.warehouse_id, w.name, s.on_hand, s.reserved,
        s.version, s.backordered
        """;

    internal static StockLevel Of(StockedOffer offer, StockPlace place, Shelf shelf) => new(
        offer.Id, offer.ProductId, offer.CompanyId, offer.Sku, offer.Title, place.Id, place.Name,
        shelf.OnHand, shelf.Reserved, shelf.Free, shelf.Version, shelf.Backordered);

    internal static StockLevel Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetString(4), row.GetGuid(5), row.GetString(6),
        row.GetInt64(7), row.GetInt64(8), row.GetInt64(7) - row.GetInt64(8), row.GetInt64(9),
        row.GetInt64(10));
}
