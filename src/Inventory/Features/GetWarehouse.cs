using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>Shows a warehouse to those who may use it.</summary>
internal static class GetWarehouse
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/warehouses/{id:guid}", Handle)
        .RequirePermission(Permissions.StockRead)
        .WithSummary("Read a warehouse");

    private static async Task<WarehouseAnswer> Handle(Guid id, Caller caller, InventoryDb db, HttpContext http, CancellationToken ct)
    {
        var warehouse = await db.VisibleTo(caller).AsNoTracking().SingleOrDefaultAsync(w => w.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, warehouse.Version);
        return WarehouseAnswer.Of(warehouse);
    }
}
