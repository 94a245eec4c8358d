using Souk.Contracts.Catalog;
using Souk.Inventory.Domain;
using Souk.Inventory.Events;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory;

/// <summary>An offer whose stock a caller may touch.</summary>
internal sealed record StockedOffer(Guid Id, Guid ProductId, Guid CompanyId, string Sku, string Title);

/// <summary>A warehouse that stock may be put into.</summary>
internal sealed record StockPlace(Guid Id, Guid CompanyId, string Name);

/// <summary>
/// Whose stock is whose: a seller's offers wherever they lie, and whatever lies in an operator's warehouses. Others do not
/// learn that it exists.
/// </summary>
internal static class StockAccess
{
    private const string Columns = "o.id, o.product_id, o.company_id, o.sku, o.title";

    /// <summary>The condition on offers <c>o</c> and warehouses <c>w</c>: parameter <c>$1</c> says all, <c>$2</c> names the companies.</summary>
    public const string Visible = "($1 or o.company_id = any($2) or w.company_id = any($2))";

    /// <summary>
    /// The offer that an id means: the offer's own, or that of a product of which the caller sells exactly one offer.
    /// </summary>
    /// <exception cref="RuleException">404 when it is not the caller's, 422 <c>offer_required</c> with the choices.</exception>
    public static async Task<StockedOffer> OfferOf(
        this InventoryDb db, ICatalogApi catalog, Caller caller, Guid id, string pointer, CancellationToken ct)
    {
        var (all, mine) = (caller.Can(Permissions.StockManage), caller.CompaniesWith(Permissions.StockManage));
        var found = await db.Query($"""
            select {Columns} from offers o
             where (o.id = $3 or o.product_id = $3)
               and ($1 or o.company_id = any($2)
                    or exists (select 1 from stock s join warehouses w on w.id = s.warehouse_id where s.offer_id = o.id and w.company_id = any($2)))
             order by o.id limit 50
            """,
            reader => new StockedOffer(reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetString(3), reader.GetString(4)),
            ct, all, mine, id);
        if (found.Count == 0)
            found = await AskCatalog(db, catalog, caller, id, ct);
        return found.Find(offer => offer.Id == id) ?? found switch
        {
            [] => throw RuleException.NotFound(),
            [var only] => only,
            _ => throw Choose(found, pointer),
        };
    }

    /// <summary>Where stock of an offer goes: the named warehouse, or the seller's default one, made when there is none.</summary>
    /// <exception cref="RuleException">422 when the warehouse is unknown to the caller or must be named.</exception>
    public static async Task<StockPlace> PlaceOf(
        this InventoryDb db, Caller caller, StockedOffer offer, Guid? warehouseId, string pointer, CancellationToken ct)
    {
        var sells = caller.Can(Permissions.StockManage, offer.CompanyId);
        if (warehouseId is null)
        {
            if (!sells)
                throw RuleException.Invalid(pointer, "warehouse_required", "Name the warehouse in which you store this offer.");
            warehouseId = (await db.DefaultWarehousesOf([offer.CompanyId], ct))[offer.CompanyId];
        }
        // A seller's own, or an operator's who stores for others; an operator only what was given to them to store. Locked
        // against being closed while goods come in.
        var found = await db.Query("""
            select w.id, w.company_id, w.name from warehouses w left join companies c on c.id = w.company_id
             where w.id = $1 and w.closed_at is null
               and ($2 and (w.company_id = $3 or (c.kind = $4 and c.status = $5))
                    or w.company_id = any($6) and exists (select 1 from stock s where s.offer_id = $7 and s.warehouse_id = w.id))
               for key share of w
            """,
            reader => new StockPlace(reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2)),
            ct, warehouseId, sells, offer.CompanyId, Company.Operator, Company.Approved, caller.CompaniesWith(Permissions.StockManage), offer.Id);
        return found is [var place]
            ? place
            : throw RuleException.Invalid(pointer, "unknown_warehouse", "Take a warehouse of yours, or of an operator who stores for others.");
    }

    // The event of a new offer may still be on its way: its owner knows it already.
    private static async Task<List<StockedOffer>> AskCatalog(InventoryDb db, ICatalogApi catalog, Caller caller, Guid id, CancellationToken ct)
    {
        var offers = await catalog.Offers([id], ct);
        if (offers.Count == 0)
            offers = await catalog.OffersOfProduct(id, ct);
        var mine = offers.Where(offer => caller.Can(Permissions.StockManage, offer.CompanyId)).ToList();
        if (mine.Count > 0)
            db.Keep(mine);
        return [.. mine.Select(offer => new StockedOffer(offer.OfferId, offer.ProductId, offer.CompanyId, offer.Sku, offer.Title))];
    }

    private static RuleException Choose(List<StockedOffer> offers, string pointer)
    {
        var refusal = RuleException.Invalid(pointer, "offer_required", "This product has several offers. Name one of them by its offer id.");
        refusal.More["offers"] = offers.Select(offer => new { offer_id = offer.Id, sku = offer.Sku, title = offer.Title }).ToArray();
        return refusal;
    }
}
