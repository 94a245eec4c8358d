using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Inventory.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Replaces what its operator may set of a warehouse. One that no longer ships keeps its stock and what is reserved there;
/// new orders pass it over.
/// </summary>
internal static class ChangeWarehouse
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/warehouses/{id:guid}", Handle)
        .RequirePermission(Permissions.WarehousesManage)
        .WithSummary("Change a warehouse")
        .Problems("already_exists", "default_needed", "412 stale")
        .WithExample(request: new ChangeWarehouseRequest(
            "Rotterdam north", new("Havenweg 12", "Rotterdam", "NL", "3011"), 10, IsDefault: true, Active: true, 50_000));

    private static async Task<WarehouseAnswer> Handle(
        Guid id, ChangeWarehouseRequest request, Caller caller, InventoryDb db, HttpContext http, CancellationToken ct)
    {
        var warehouse = await db.ManagedWarehouse(caller, id, ct);
        ETag.Check(http, warehouse.Version);
        if (warehouse.IsDefault && !request.IsDefault)
            throw new RuleException("default_needed", "A company has one default warehouse. Make another one the default instead.");

        var before = WarehouseAnswer.Of(warehouse);
        if (request.IsDefault && !warehouse.IsDefault
            && await db.Warehouses.SingleOrDefaultAsync(w => w.CompanyId == warehouse.CompanyId && w.IsDefault, ct) is { } current)
            await db.ReplaceDefault(current, ct);
        if (request.Active != warehouse.Active)
            // Everything in it can be bought again or no longer: the sweep says so.
            db.Run("insert into availability_due (offer_id) select offer_id from stock where warehouse_id = $1 and on_hand > 0 on conflict do nothing", id);

        (warehouse.Name, warehouse.Capacity, warehouse.Priority) = (request.Name, request.Capacity, request.Priority);
        (warehouse.IsDefault, warehouse.Active) = (request.IsDefault, request.Active);
        var address = request.Address;
        (warehouse.Line1, warehouse.Line2, warehouse.City) = (address.Line1, address.Line2, address.City);
        (warehouse.Region, warehouse.Postcode, warehouse.Country) = (address.Region, address.Postcode, address.Country);
        if (!db.ChangeTracker.HasChanges())
        {
            ETag.Set(http, warehouse.Version);
            return before;
        }
        db.Publish(() => warehouse.Changed());
        db.Audit(caller, "warehouse.change", "warehouse", id, warehouse.CompanyId, before, request);
        ETag.Set(http, warehouse);
        return WarehouseAnswer.Of(warehouse, saved: false);
    }

    /// <summary>A warehouse whose operator the caller acts for; 404 for all others.</summary>
    public static async Task<Warehouse> ManagedWarehouse(this InventoryDb db, Caller caller, Guid id, CancellationToken ct)
    {
        var warehouse = await db.Warehouses.SingleOrDefaultAsync(w => w.Id == id && w.ClosedAt == null, ct);
        return warehouse is not null && caller.Can(Permissions.WarehousesManage, warehouse.CompanyId) ? warehouse : throw RuleException.NotFound();
    }
}

/// <summary>What a warehouse is from now on.</summary>
/// <param name="Name">Its name, unique in its company.</param>
/// <param name="Address">Where it stands.</param>
/// <param name="Priority">Orders are filled from the lowest first.</param>
/// <param name="IsDefault">Whether stock goes here when nobody says where.</param>
/// <param name="Active">Whether it ships.</param>
/// <param name="Capacity">Pieces it can hold; left out for no limit. What lies there already stays.</param>
public sealed record ChangeWarehouseRequest(
    [property: Required, StringLength(100)] string Name,
    [property: Required] WarehouseAddress Address,
    [property: Range(0, 10_000)] int Priority,
    bool IsDefault,
    bool Active,
    [property: Range(1, 1_000_000_000_000)] long? Capacity = null);
