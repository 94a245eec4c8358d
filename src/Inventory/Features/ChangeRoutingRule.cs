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

/// <summary>Replaces a routing rule, or ends it. Who manages the seller's warehouses may. Orders that are placed from now on go by it.</summary>
internal static class ChangeRoutingRule
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/routing-rules/{id:guid}", Handle)
            .RequirePermission(Permissions.WarehousesManage)
            .WithSummary("Change a routing rule")
            .Problems("already_exists", "412 stale", "422 unknown_warehouse", "422 unknown_country")
            .WithExample(request: new ChangeRoutingRuleRequest(
                "Alps from Linz", ["AT"], [], "most_stock", Split: true, 10, Active: true, ["6", "9"]));
        routes.MapDelete("/routing-rules/{id:guid}", End)
            .RequirePermission(Permissions.WarehousesManage)
            .WithSummary("End a routing rule")
            .Problems("412 stale");
    }

    private static async Task<RoutingRuleAnswer> Handle(
        Guid id, ChangeRoutingRuleRequest request, Caller caller, InventoryDb db, HttpContext http,
        CancellationToken ct)
    {
        var rule = await db.ManagedRule(caller, id, ct);
        ETag.Check(http, rule.Version);
        await db.CheckRoute(rule.CompanyId, request.Countries, request.PostcodePrefixes ?? [], request.WarehouseIds, ct);
        var before = RoutingRuleAnswer.Of(rule);
        (rule.Name, rule.Countries, rule.WarehouseIds) = (request.Name, request.Countries, request.WarehouseIds);
        rule.PostcodePrefixes = CreateRoutingRule.Trimmed(request.PostcodePrefixes);
        (rule.Prefer, rule.Split) = (request.Prefer, request.Split);
        (rule.Position, rule.Active) = (request.Position, request.Active);
        if (!db.ChangeTracker.HasChanges())
        {
            ETag.Set(http, rule.Version);
            return before;
        }
        db.RouteAnew(rule.CompanyId);
        db.Audit(caller, "routing_rule.change", "routing_rule", id, rule.CompanyId, before, request);
        ETag.Set(http, rule);
        return RoutingRuleAnswer.Of(rule, saved: false);
    }

    private static async Task<NoContent> End(
        Guid id, Caller caller, InventoryDb db, HttpContext http, CancellationToken ct)
    {
        var rule = await db.ManagedRule(caller, id, ct);
        ETag.Check(http, rule.Version);
        db.RoutingRules.Remove(rule);
        db.RouteAnew(rule.CompanyId);
        db.Audit(caller, "routing_rule.end", "routing_rule", id, rule.CompanyId, before: RoutingRuleAnswer.Of(rule));
        return TypedResults.NoContent();
    }

    private static async Task<RoutingRule> ManagedRule(
        this InventoryDb db, Caller caller, Guid id, CancellationToken ct)
    {
        var rule = await db.RoutingRules.SingleOrDefaultAsync(r => r.Id == id, ct);
        return rule is not null && caller.Can(Permissions.WarehousesManage, rule.CompanyId)
            ? rule : throw RuleException.NotFound();
    }
}

/// <summary>What a routing rule is from now on.</summary>
/// <param name="Name">Its name, unique among the seller's.</param>
/// <param name="Countries">Where the order goes, ISO 3166-1 alpha-2; empty for everywhere.</param>
/// <param name="WarehouseIds">These first, in this order, whatever else is preferred.</param>
/// <param name="Prefer">How the others are ordered: <c>priority</c>, <c>country</c> or <c>most_stock</c>.</param>
/// <param name="Split">Whether a line may be gathered from several warehouses.</param>
/// <param name="Position">The lowest is asked first.</param>
/// <param name="Active">Whether it counts.</param>
/// <param name="PostcodePrefixes">Beginnings of the postcodes it goes to; left out for all.</param>
public sealed record ChangeRoutingRuleRequest(
    [property: Required, StringLength(100)] string Name,
    [property: Required, MaxLength(250)] string[] Countries,
    [property: Required, MaxLength(100)] Guid[] WarehouseIds,
    [property: Required, AllowedValues("priority", "country", "most_stock")] string Prefer,
    bool Split,
    [property: Range(0, 10_000)] int Position,
    bool Active,
    [property: MaxLength(1000)] string[]? PostcodePrefixes = null);
