using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Lists the offers that run low, the latest first: a seller's own, everything for the marketplace's people. An offer is here
/// from when it fell to its `low_stock_at` until more lies there; its seller got a mail when it came.
/// </summary>
internal static class ListStockAlerts
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/inventory/alerts", Handle)
        .RequirePermission(Permissions.StockRead)
        .WithSummary("List offers that run low")
        .WithDescription("By the `low_stock_at` of their stock rule, within seconds. Filters: `company_id`, `sku`. "
            + "Sort: `-since`, `since`.");

    private static async Task<Page<StockAlert>> Handle(
        Guid? company_id, [StringLength(100)] string? sku, PageRequest page, Caller caller, InventoryDb db,
        CancellationToken ct)
    {
        var (after, direction) = page.Sort("-since", "since") == "since" ? (">", "asc") : ("<", "desc");
        var rows = await db.Query($"""
            select l.offer_id, o.product_id, o.company_id, o.sku, o.title,
                   greatest(0, level.in_stock - r.safety_stock), r.low_stock_at, l.since
              from low_stock l join stock_rules r on r.offer_id = l.offer_id join offers o on o.id = l.offer_id
              left join lateral (select {AvailabilitySql.InStock} as in_stock
                                   from stock s join warehouses w on w.id = s.warehouse_id
                                  where s.offer_id = l.offer_id) as level on true
             where ($1 or o.company_id = any($2)) and ($3::uuid is null or o.company_id = $3)
               and ($4::text is null or o.sku = $4)
               and ($5::text is null or (l.since, l.offer_id) {after} ($5::text::timestamptz, $6::uuid))
             order by l.since {direction}, l.offer_id {direction} limit $7
            """,
            row => new StockAlert(
                row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetString(4), row.GetInt64(5),
                row.GetInt64(6), row.GetFieldValue<DateTimeOffset>(7)),
            ct, caller.Can(Permissions.StockRead), caller.CompaniesWith(Permissions.StockRead), Pg.Uuid(company_id),
            Pg.Text(sku), Pg.Text(page.After?.Get<string>(0)), Pg.Uuid(page.After?.Get<Guid>(1)), page.Take);
        return page.Result(rows, row => [row.Since, row.OfferId]);
    }
}

/// <summary>An offer that runs low.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="Left">Pieces that lie there and can still be sold: those of the safety stock, and what is sold before it is there, are not among them.</param>
/// <param name="LowStockAt">What the seller calls low.</param>
/// <param name="Since">Since when.</param>
public sealed record StockAlert(
    Guid OfferId, Guid ProductId, Guid CompanyId, string Sku, string Title, long Left, long LowStockAt,
    DateTimeOffset Since);
