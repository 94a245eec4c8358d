using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>Lists the warehouses a seller or an operator may use; the marketplace's people see all.</summary>
internal static class ListWarehouses
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/warehouses", Handle)
            .RequirePermission(Permissions.StockRead)
            .WithSummary("List warehouses")
            .WithDescription("Your own, and those of operators who store for others. Sort: `created_at`, `-created_at`, `name`.");
        routes.MapGet("/inventory/warehouses", Handle)
            .RequirePermission(Permissions.StockRead)
            .WithSummary("List warehouses")
            .Alias("GET /warehouses");
    }

    private static async Task<Page<WarehouseAnswer>> Handle(
        Guid? company_id, [RegularExpression("^[A-Z]{2}$")] string? country, bool? active, PageRequest page, Caller caller, InventoryDb db,
        CancellationToken ct)
    {
        var query = db.VisibleTo(caller).AsNoTracking();
        if (company_id is not null)
            query = query.Where(w => w.CompanyId == company_id);
        if (country is not null)
            query = query.Where(w => w.Country == country);
        if (active is not null)
            query = query.Where(w => w.Active == active);

        var sort = page.Sort("created_at", "-created_at", "name");
        var (at, name, id) = page.After is not { } after ? default
            : sort == "name" ? (default, after.Get<string>(0), after.Get<Guid>(1)) : (after.Get<DateTimeOffset>(0), "", after.Get<Guid>(1));
        var first = page.After is null;
        query = sort switch
        {
            "created_at" => query.Where(w => first || EF.Functions.GreaterThan(ValueTuple.Create(w.CreatedAt, w.Id), ValueTuple.Create(at, id)))
                .OrderBy(w => w.CreatedAt).ThenBy(w => w.Id),
            "-created_at" => query.Where(w => first || EF.Functions.LessThan(ValueTuple.Create(w.CreatedAt, w.Id), ValueTuple.Create(at, id)))
                .OrderByDescending(w => w.CreatedAt).ThenByDescending(w => w.Id),
            _ => query.Where(w => first || EF.Functions.GreaterThan(ValueTuple.Create(w.Name, w.Id), ValueTuple.Create(name, id)))
                .OrderBy(w => w.Name).ThenBy(w => w.Id),
        };
        var rows = await query.Take(page.Take).ToListAsync(ct);
        return page.Result(rows, w => sort == "name" ? [w.Name, w.Id] : [w.CreatedAt, w.Id], w => WarehouseAnswer.Of(w));
    }
}
