using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>Lists stock by offer and warehouse: a seller's offers, what lies in an operator's warehouses, everything for the marketplace's people.</summary>
internal static class ListStockLevels
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/stock-levels", Handle)
        .RequirePermission(Permissions.StockRead)
        .WithSummary("List stock levels")
        .WithDescription("Filters: `offer_id`, `product_id`, `warehouse_id`, `company_id`, `sku`, `available_below`. "
            + "Sort: `offer_id`, `sku`, `available`, `-available`.");

    private static async Task<Page<StockLevel>> Handle(
        Guid? offer_id, Guid? product_id, Guid? warehouse_id, Guid? company_id, [StringLength(100)] string? sku,
        [Range(0, 1_000_000_000_000)] long? available_below, PageRequest page, Caller caller, InventoryDb db, CancellationToken ct)
    {
        var sort = page.Sort("offer_id", "sku", "available", "-available");
        // Names of the allow-list, never of the caller.
        var (column, type, after, direction) = sort switch
        {
            "sku" => ("o.sku", "text", ">", "asc"),
            "available" => ("s.on_hand - s.reserved", "bigint", ">", "asc"),
            "-available" => ("s.on_hand - s.reserved", "bigint", "<", "desc"),
            _ => ("s.offer_id", "uuid", ">", "asc"),
        };
        var rows = await db.Query($"""
            select {StockLevel.Columns}
              from stock s join offers o on o.id = s.offer_id join warehouses w on w.id = s.warehouse_id
             where {StockAccess.Visible}
               and ($3::uuid is null or s.offer_id = $3) and ($4::uuid is null or o.product_id = $4)
               and ($5::uuid is null or s.warehouse_id = $5) and ($6::uuid is null or o.company_id = $6)
               and ($7::text is null or o.sku = $7) and ($8::bigint is null or s.on_hand - s.reserved < $8)
               and ($9::text is null or ({column}, s.offer_id, s.warehouse_id) {after} ($9::{type}, $10::uuid, $11::uuid))
             order by {column} {direction}, s.offer_id {direction}, s.warehouse_id {direction}
             limit $12
            """,
            StockLevel.Read, ct,
            caller.Can(Permissions.StockRead), caller.CompaniesWith(Permissions.StockRead), Pg.Uuid(offer_id), Pg.Uuid(product_id),
            Pg.Uuid(warehouse_id), Pg.Uuid(company_id), Pg.Text(sku), Pg.Bigint(available_below),
            Pg.Text(page.After?.Get<string>(0)), Pg.Uuid(page.After?.Get<Guid>(1)), Pg.Uuid(page.After?.Get<Guid>(2)), page.Take);
        return page.Result(rows, row => [Key(row, sort), row.OfferId, row.WarehouseId]);
    }

    private static string Key(StockLevel row, string sort) => sort switch
    {
        "sku" => row.Sku,
        "offer_id" => row.OfferId.ToString(),
        _ => row.Available.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
