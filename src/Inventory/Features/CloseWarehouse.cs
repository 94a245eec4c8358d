using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>Ends an empty warehouse. Its operator may; its movements stay on record.</summary>
internal static class CloseWarehouse
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapDelete("/warehouses/{id:guid}", Handle)
        .RequirePermission(Permissions.WarehousesManage)
        .WithSummary("Close a warehouse")
        .Problems("warehouse_not_empty", "412 stale");

    private static async Task<NoContent> Handle(
        Guid id, Caller caller, InventoryDb db, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var warehouse = await db.ManagedWarehouse(caller, id, ct);
        ETag.Check(http, warehouse.Version);
        // A new shelf refers to this row and so waits for us; what is brought to an old one is in the sum or comes too late.
        db.Ask("select 1 from warehouses where id = $1 for update", _ => { }, id);
        db.Ask("select count(*) from (select 1 from stock where warehouse_id = $1 order by offer_id for update) as locked", _ => { }, id);
        var pieces = (await db.Query(
            "select coalesce(sum(on_hand), 0)::bigint from stock where warehouse_id = $1", reader => reader.GetInt64(0), ct, id))[0];
        if (pieces > 0)
            throw new RuleException("warehouse_not_empty", $"{pieces} pieces lie here. Move or ship them first.");

        (warehouse.ClosedAt, warehouse.Active, warehouse.IsDefault) = (clock.GetUtcNow(), false, false);
        db.Publish(() => warehouse.Changed());
        db.Audit(caller, "warehouse.close", "warehouse", id, warehouse.CompanyId, before: new { warehouse.Name });
        return TypedResults.NoContent();
    }
}
