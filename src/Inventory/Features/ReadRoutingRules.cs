using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Inventory.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>Shows from which warehouses a seller's orders are filled. Sellers see their own rules, the marketplace's people all.</summary>
internal static class ReadRoutingRules
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/routing-rules", List)
            .RequirePermission(Permissions.StockRead)
            .WithSummary("List routing rules")
            .WithDescription("In the order in which they are asked, seller by seller. Filter: `company_id`.");
        routes.MapGet("/routing-rules/{id:guid}", One)
            .RequirePermission(Permissions.StockRead)
            .WithSummary("Read a routing rule");
    }

    private static async Task<Page<RoutingRuleAnswer>> List(
        Guid? company_id, PageRequest page, Caller caller, InventoryDb db, CancellationToken ct)
    {
        page.Sort("position");
        var query = VisibleTo(db, caller).AsNoTracking();
        if (company_id is not null)
            query = query.Where(rule => rule.CompanyId == company_id);
        if (page.After is { } after)
        {
            var last = (Company: after.Get<Guid>(0), Position: after.Get<int>(1), Id: after.Get<Guid>(2));
            query = query.Where(rule => EF.Functions.GreaterThan(
                ValueTuple.Create(rule.CompanyId, rule.Position, rule.Id),
                ValueTuple.Create(last.Company, last.Position, last.Id)));
        }
        var rows = await query.OrderBy(rule => rule.CompanyId).ThenBy(rule => rule.Position).ThenBy(rule => rule.Id)
            .Take(page.Take).ToListAsync(ct);
        return page.Result(rows, rule => [rule.CompanyId, rule.Position, rule.Id], rule => RoutingRuleAnswer.Of(rule));
    }

    private static async Task<RoutingRuleAnswer> One(
        Guid id, Caller caller, InventoryDb db, HttpContext http, CancellationToken ct)
    {
        var rule = await VisibleTo(db, caller).AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct)
            ?? throw RuleException.NotFound();
        ETag.Set(http, rule.Version);
        return RoutingRuleAnswer.Of(rule);
    }

    private static IQueryable<RoutingRule> VisibleTo(InventoryDb db, Caller caller)
    {
        if (caller.Can(Permissions.StockRead))
            return db.RoutingRules;
        var mine = caller.CompaniesWith(Permissions.StockRead);
        return db.RoutingRules.Where(rule => mine.Contains(rule.CompanyId));
    }
}
