using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Inventory.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Adds a warehouse to a company: a seller's own, or an operator's who stores for others. Members who manage the company's
/// warehouses may, and the marketplace's people for any company. The first one of a company is its default.
/// </summary>
internal static class CreateWarehouse
{
    private static readonly CreateWarehouseRequest Example = new(
        "Rotterdam north", new("Havenweg 12", "Rotterdam", "NL", "3011"), null, 50_000, 10);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/warehouses", Handle)
            .RequirePermission(Permissions.WarehousesManage)
            .Idempotent()
            .WithSummary("Add a warehouse")
            .Problems("already_exists", "422 company_required", "422 unknown_company")
            .WithExample(request: Example);
        routes.MapPost("/inventory/warehouse", HandleAlias)
            .RequirePermission(Permissions.WarehousesManage)
            .Idempotent()
            .WithSummary("Add a warehouse")
            .Problems("already_exists", "422 company_required", "422 unknown_company")
            .WithExample(request: new CreateWarehouseAliasRequest("Rotterdam north", "Havenweg 12, Rotterdam", 50_000))
            .Alias("POST /warehouses");
    }

    private static Task<Created<WarehouseAnswer>> HandleAlias(
        CreateWarehouseAliasRequest request, Caller caller, InventoryDb db, TimeProvider clock, HttpContext http, CancellationToken ct) =>
        Create(request.Name, new(request.Location, "", Warehouse.UnknownCountry), request.CompanyId, request.Capacity,
            Warehouse.DefaultPriority, isDefault: false, caller, db, clock, http, ct);

    private static Task<Created<WarehouseAnswer>> Handle(
        CreateWarehouseRequest request, Caller caller, InventoryDb db, TimeProvider clock, HttpContext http, CancellationToken ct) =>
        Create(request.Name, request.Address, request.CompanyId, request.Capacity, request.Priority, request.IsDefault, caller, db, clock, http, ct);

    private static async Task<Created<WarehouseAnswer>> Create(
        string name, WarehouseAddress address, Guid? forCompany, long? capacity, int priority, bool isDefault,
        Caller caller, InventoryDb db, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var companyId = CompanyOf(caller, forCompany);
        var company = await db.Companies.AsNoTracking().SingleOrDefaultAsync(c => c.Id == companyId, ct);
        if (company is null && !caller.Companies.ContainsKey(companyId))
            throw RuleException.Invalid("/company_id", "unknown_company", "There is no such company.");

        var current = await db.Warehouses.SingleOrDefaultAsync(w => w.CompanyId == companyId && w.IsDefault, ct);
        var warehouse = new Warehouse
        {
            Id = Guid.CreateVersion7(),
            CompanyId = companyId,
            Name = name,
            Line1 = address.Line1,
            Line2 = address.Line2,
            City = address.City,
            Region = address.Region,
            Postcode = address.Postcode,
            Country = address.Country == Warehouse.UnknownCountry ? company?.Country ?? Warehouse.UnknownCountry : address.Country,
            Capacity = capacity,
            Priority = priority,
            IsDefault = isDefault || current is null,
            CreatedAt = clock.GetUtcNow(),
        };
        if (isDefault && current is not null)
            await db.ReplaceDefault(current, ct);
        db.Warehouses.Add(warehouse);
        db.Publish(() => warehouse.Changed());
        db.Audit(caller, "warehouse.create", "warehouse", warehouse.Id, companyId, after: new { warehouse.Name, warehouse.Country });
        ETag.Set(http, warehouse);
        return TypedResults.Created($"/warehouses/{warehouse.Id}", WarehouseAnswer.Of(warehouse, saved: false));
    }

    /// <summary>The company of the request, or the only one the caller may do it for.</summary>
    public static Guid CompanyOf(Caller caller, Guid? asked)
    {
        if (asked is { } company)
            return caller.Can(Permissions.WarehousesManage, company)
                ? company
                : throw RuleException.Invalid("/company_id", "unknown_company", "Name a company whose warehouses you manage.");
        return caller.CompaniesWith(Permissions.WarehousesManage) is [var only]
            ? only
            : throw RuleException.Invalid("/company_id", "company_required", "Say for which company: you manage the warehouses of none or of several.");
    }

    /// <summary>The old default steps back, in the database at once: at no moment a company has two.</summary>
    public static async Task ReplaceDefault(this InventoryDb db, Warehouse old, CancellationToken ct)
    {
        var version = old.Version + 1;
        await db.Execute(
            "update warehouses set is_default = false, version = version + 1 where id = $1 and version = $2", ct, old.Id, old.Version);
        db.Entry(old).State = EntityState.Detached;
        old.Version = version;
        db.Publish(old.Changed());
    }
}

/// <summary>A new warehouse.</summary>
/// <param name="Name">Its name, unique in its company.</param>
/// <param name="Address">Where it stands.</param>
/// <param name="CompanyId">Its operator; may be left out by members of one company.</param>
/// <param name="Capacity">Pieces it can hold; left out for no limit.</param>
/// <param name="Priority">Orders are filled from the lowest first; 100 by default.</param>
/// <param name="IsDefault">Whether stock goes here when nobody says where.</param>
public sealed record CreateWarehouseRequest(
    [property: Required, StringLength(100)] string Name,
    [property: Required] WarehouseAddress Address,
    Guid? CompanyId = null,
    [property: Range(1, 1_000_000_000_000)] long? Capacity = null,
    [property: Range(0, 10_000)] int Priority = 100,
    bool IsDefault = false);

/// <summary>A new warehouse, in short: the country is the company's.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Location">Where it stands, in a line.</param>
/// <param name="Capacity">Pieces it can hold.</param>
/// <param name="CompanyId">Its operator; may be left out by members of one company.</param>
public sealed record CreateWarehouseAliasRequest(
    [property: Required, StringLength(100)] string Name,
    [property: Required, StringLength(200)] string Location,
    [property: Range(1, 1_000_000_000_000)] long? Capacity = null,
    Guid? CompanyId = null);
