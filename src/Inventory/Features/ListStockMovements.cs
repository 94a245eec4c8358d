using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Lists what came and went, newest first: of a seller's offers, in an operator's warehouses, everything for the marketplace's
/// people. Reservations are movements too, but of no goods; they are not listed.
/// </summary>
internal static class ListStockMovements
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/stock-movements", Handle)
        .RequirePermission(Permissions.StockRead)
        .WithSummary("List stock movements")
        .WithDescription("Filters: `offer_id`, `warehouse_id`, `kind`. Sort: `-at`, `at`.");

    private static async Task<Page<StockMovement>> Handle(
        Guid? offer_id, Guid? warehouse_id, [AllowedValues(null, "in", "out", "adjust", "transfer")] string? kind,
        PageRequest page, Caller caller, InventoryDb db, CancellationToken ct)
    {
        // The ids of movements are in the order of their time.
        var (after, direction) = page.Sort("-at", "at") == "at" ? (">", "asc") : ("<", "desc");
        var rows = await db.Query($"""
            select m.id, m.at, m.kind, m.offer_id, o.sku, m.warehouse_id, w.name, m.on_hand_change, m.order_id, m.account_id, m.transfer_id, m.reason
              from movements m join warehouses w on w.id = m.warehouse_id join offers o on o.id = m.offer_id
             where {StockAccess.Visible} and m.on_hand_change <> 0
               and ($3::uuid is null or m.offer_id = $3) and ($4::uuid is null or m.warehouse_id = $4) and ($5::text is null or m.kind = $5)
               and ($6::uuid is null or m.id {after} $6)
             order by m.id {direction} limit $7
            """,
            row => new StockMovement(
                row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetGuid(3), row.GetString(4), row.GetGuid(5),
                row.GetString(6), row.GetInt64(7), row.IsDBNull(8) ? null : row.GetGuid(8), row.IsDBNull(9) ? null : row.GetGuid(9),
                row.IsDBNull(10) ? null : row.GetGuid(10), row.IsDBNull(11) ? null : row.GetString(11)),
            ct, caller.Can(Permissions.StockRead), caller.CompaniesWith(Permissions.StockRead), Pg.Uuid(offer_id), Pg.Uuid(warehouse_id),
            Pg.Text(kind), Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
        return page.Result(rows, row => [row.Id]);
    }
}

/// <summary>Goods that came or went. Never changed, never removed.</summary>
/// <param name="Id">The movement.</param>
/// <param name="At">When.</param>
/// <param name="Kind"><c>in</c>, <c>out</c>, <c>adjust</c> or <c>transfer</c>.</param>
/// <param name="OfferId">The offer.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="WarehouseId">The warehouse.</param>
/// <param name="Warehouse">Its name.</param>
/// <param name="Change">Pieces that came; negative when they went.</param>
/// <param name="OrderId">The order they went with.</param>
/// <param name="AccountId">Who recorded it; null for the system.</param>
/// <param name="TransferId">Joins the two movements of a transfer.</param>
/// <param name="Reason">Why.</param>
public sealed record StockMovement(
    Guid Id, DateTimeOffset At, string Kind, Guid OfferId, string Sku, Guid WarehouseId, string Warehouse, long Change,
    Guid? OrderId, Guid? AccountId, Guid? TransferId, string? Reason);
