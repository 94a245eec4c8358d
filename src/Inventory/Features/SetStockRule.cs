using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Contracts.Catalog;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Says how the stock of an offer is sold: what is kept back, what may be sold before it is there, and when its seller is told
/// that it runs low. The seller may; an operator only stores. The next reservation goes by it.
/// </summary>
internal static class SetStockRule
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/stock-rules/{id:guid}", Handle)
        .RequirePermission(Permissions.StockManage)
        .WithSummary("Set the stock rule of an offer")
        .WithDescription("The id is an offer's; a product's is accepted where you sell exactly one offer of it. Orders that "
            + "wait already go on waiting when `backorder_limit` falls. Zeros, and no `low_stock_at`, end the rule.")
        .Problems("412 stale", "422 offer_required")
        .WithExample(request: new SetStockRuleRequest(SafetyStock: 2, BackorderLimit: 0, LowStockAt: 10));

    private static async Task<StockRule> Handle(
        Guid id, SetStockRuleRequest request, Caller caller, InventoryDb db, ICatalogApi catalog, HttpContext http,
        CancellationToken ct)
    {
        var offer = await db.OfferOf(catalog, caller, id, "", ct);
        if (!caller.Can(Permissions.StockManage, offer.CompanyId))
            throw RuleException.NotFound();
        // What is sold before it is there is waited for on a shelf: the seller's own where the offer has none.
        var shelf = (offer.Id, (await db.DefaultWarehousesOf([offer.CompanyId], ct))[offer.CompanyId]);
        var stock = await LockedStock.Open(db, [shelf], ct);
        var before = await db.StockRule(offer.Id, ct)
            ?? StockRule.None(offer.Id, offer.CompanyId, offer.Sku, offer.Title);
        ETag.Check(http, before.Version);
        var after = before with
        {
            SafetyStock = request.SafetyStock, BackorderLimit = request.BackorderLimit, LowStockAt = request.LowStockAt,
            Version = before.Version + 1,
        };
        if (after == before with { Version = after.Version })
        {
            ETag.Set(http, before.Version);
            return before;
        }
        db.Run("""
            insert into stock_rules (offer_id, company_id, safety_stock, backorder_limit, low_stock_at, version)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (offer_id) do update
               set safety_stock = excluded.safety_stock, backorder_limit = excluded.backorder_limit,
                   low_stock_at = excluded.low_stock_at, version = excluded.version, changed_at = now()
            """,
            offer.Id, offer.CompanyId, after.SafetyStock, after.BackorderLimit, Pg.Bigint(after.LowStockAt), after.Version);
        stock.Allow(offer.Id, after.BackorderLimit - after.SafetyStock);
        if (after.LowStockAt is null)
            db.Run("delete from low_stock where offer_id = $1", offer.Id);
        // Whether it runs low now, the sweep says.
        db.Run("insert into availability_due (offer_id) values ($1) on conflict do nothing", offer.Id);
        db.Audit(caller, "stock_rule.set", "offer", offer.Id, offer.CompanyId, before, after);
        ETag.Set(http, after.Version);
        return after;
    }
}

/// <summary>How the stock of an offer is sold from now on.</summary>
/// <param name="SafetyStock">Pieces that are never sold, against miscounts.</param>
/// <param name="BackorderLimit">Pieces that may be sold before they are there.</param>
/// <param name="LowStockAt">You are told once when this many can be sold, or fewer; left out: never.</param>
public sealed record SetStockRuleRequest(
    [property: Range(0, 1_000_000_000)] long SafetyStock,
    [property: Range(0, 1_000_000_000)] long BackorderLimit,
    [property: Range(0, 1_000_000_000)] long? LowStockAt = null);

/// <summary>How the stock of an offer is sold.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="SafetyStock">Pieces that are never sold.</param>
/// <param name="BackorderLimit">Pieces that may be sold before they are there.</param>
/// <param name="LowStockAt">Its seller is told when this many can be sold, or fewer; null: never.</param>
/// <param name="Version">Its ETag; 0 for an offer without a rule.</param>
public sealed record StockRule(
    Guid OfferId, Guid CompanyId, string Sku, string Title, long SafetyStock, long BackorderLimit, long? LowStockAt,
    long Version)
{
    /// <summary>The columns of <see cref="Read" />, of rules <c>r</c> and offers <c>o</c>.</summary>
    internal const string Columns =
        "r.offer_id, r.company_id, o.sku, o.title, r.safety_stock, r.backorder_limit, r.low_stock_at, r.version";

    internal static StockRule None(Guid offerId, Guid companyId, string sku, string title) =>
        new(offerId, companyId, sku, title, 0, 0, null, 0);

    internal static StockRule Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5),
        row.IsDBNull(6) ? null : row.GetInt64(6), row.GetInt64(7));
}
