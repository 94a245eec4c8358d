using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Contracts.Inventory;
using Souk.Inventory.Domain;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Adds a rule that says from which warehouses a seller's orders are filled. Who manages their warehouses may. Orders that are
/// placed from now on go by it.
/// </summary>
internal static class CreateRoutingRule
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/routing-rules", Handle)
        .RequirePermission(Permissions.WarehousesManage)
        .Idempotent()
        .WithSummary("Add a routing rule")
        .WithDescription("Of your rules the one with the lowest `position` that fits the country and the postcode decides. `prefer`: "
            + "`priority` of the warehouses, `country` it goes to, `most_stock`. With `split` false a line that no warehouse "
            + "has as a whole is out of stock.")
        .Problems("already_exists", "too_many_rules", "422 company_required", "422 unknown_company",
            "422 unknown_warehouse", "422 unknown_country")
        .WithExample(request: new CreateRoutingRuleRequest(
            "Alps from Linz", ["AT"], [], "country", Split: false, Position: 10, PostcodePrefixes: ["6", "9"]));

    private static async Task<Created<RoutingRuleAnswer>> Handle(
        CreateRoutingRuleRequest request, Caller caller, InventoryDb db, TimeProvider clock, HttpContext http,
        CancellationToken ct)
    {
        var companyId = CreateWarehouse.CompanyOf(caller, request.CompanyId);
        await db.CheckRoute(companyId, request.Countries, request.PostcodePrefixes ?? [], request.WarehouseIds, ct);
        // One at a time for a seller, so that none is the one too many.
        await db.Query("select count(pg_advisory_xact_lock(hashtextextended($1::uuid::text, 1)))", _ => true, ct, companyId);
        if (await db.RoutingRules.CountAsync(rule => rule.CompanyId == companyId, ct) >= Routing.RulesMax)
            throw new RuleException(
                "too_many_rules", $"A seller has at most {Routing.RulesMax} rules. Change one, or end one first.");
        var rule = new RoutingRule
        {
            Id = Guid.CreateVersion7(), CompanyId = companyId, Name = request.Name, Position = request.Position,
            Countries = request.Countries, PostcodePrefixes = Trimmed(request.PostcodePrefixes),
            WarehouseIds = request.WarehouseIds, Prefer = request.Prefer, Split = request.Split, Active = request.Active,
            CreatedAt = clock.GetUtcNow(),
        };
        db.RoutingRules.Add(rule);
        db.RouteAnew(companyId);
        db.Audit(caller, "routing_rule.create", "routing_rule", rule.Id, companyId, after: request);
        ETag.Set(http, rule);
        return TypedResults.Created($"/routing-rules/{rule.Id}", RoutingRuleAnswer.Of(rule, saved: false));
    }

    /// <summary>Prefixes as they are kept.</summary>
    public static string[] Trimmed(string[]? prefixes) => [.. (prefixes ?? []).Select(prefix => prefix.Trim())];

    /// <summary>Refuses countries that are none, prefixes of nothing, and warehouses that the seller's goods cannot lie in.</summary>
    public static async Task CheckRoute(
        this InventoryDb db, Guid companyId, string[] countries, string[] postcodePrefixes, Guid[] warehouseIds,
        CancellationToken ct)
    {
        var wrong = Array.FindIndex(countries, country => country is not [>= 'A' and <= 'Z', >= 'A' and <= 'Z']);
        if (wrong >= 0)
            throw RuleException.Invalid(
                $"/countries/{wrong}", "unknown_country", "Give ISO 3166-1 alpha-2 codes, upper case.");
        FieldError[] errors = [.. Postcodes.Errors(postcodePrefixes, "/postcode_prefixes")];
        if (errors.Length > 0)
            throw new RuleException(422, "validation_failed", "Some prefixes need attention.", errors);
        var usable = await db.Warehouses
            .Where(w => warehouseIds.Contains(w.Id) && w.ClosedAt == null
                && (w.CompanyId == companyId
                    || db.Companies.Any(c => c.Id == w.CompanyId && c.Kind == Company.Operator && c.Status == Company.Approved)))
            .Select(w => w.Id).ToListAsync(ct);
        if (Array.FindIndex(warehouseIds, id => !usable.Contains(id)) is >= 0 and var unknown)
            throw RuleException.Invalid(
                $"/warehouse_ids/{unknown}", "unknown_warehouse",
                "Take a warehouse of yours, or of an operator who stores for others.");
    }

    /// <summary>Has every process ask for the rules again: this one as soon as it is true.</summary>
    public static void RouteAnew(this InventoryDb db, Guid companyId)
    {
        db.Publish(new RoutingRulesChanged(companyId));
        db.AfterCommit(db.Routing.Forget);
    }
}

/// <summary>A new routing rule.</summary>
/// <param name="Name">Its name, unique among the seller's.</param>
/// <param name="Countries">Where the order goes, ISO 3166-1 alpha-2; empty for everywhere.</param>
/// <param name="WarehouseIds">These first, in this order, whatever else is preferred.</param>
/// <param name="Prefer">How the others are ordered: <c>priority</c>, <c>country</c> or <c>most_stock</c>.</param>
/// <param name="Split">Whether a line may be gathered from several warehouses.</param>
/// <param name="Position">The lowest is asked first.</param>
/// <param name="Active">Whether it counts.</param>
/// <param name="CompanyId">The seller; may be left out by members of one company.</param>
/// <param name="PostcodePrefixes">Beginnings of the postcodes it goes to; left out for all.</param>
public sealed record CreateRoutingRuleRequest(
    [property: Required, StringLength(100)] string Name,
    [property: Required, MaxLength(250)] string[] Countries,
    [property: Required, MaxLength(100)] Guid[] WarehouseIds,
    [property: Required, AllowedValues("priority", "country", "most_stock")] string Prefer,
    bool Split = true,
    [property: Range(0, 10_000)] int Position = 100,
    bool Active = true,
    Guid? CompanyId = null,
    [property: MaxLength(1000)] string[]? PostcodePrefixes = null);

/// <summary>A routing rule.</summary>
/// <param name="Id">The rule.</param>
/// <param name="CompanyId">The seller.</param>
/// <param name="Name">Its name.</param>
/// <param name="Countries">Where the order goes; empty for everywhere.</param>
/// <param name="WarehouseIds">These first, in this order.</param>
/// <param name="Prefer">How the others are ordered.</param>
/// <param name="Split">Whether a line may be gathered from several warehouses.</param>
/// <param name="Position">The lowest is asked first.</param>
/// <param name="Active">Whether it counts.</param>
/// <param name="CreatedAt">Since when it is there.</param>
/// <param name="Version">Its ETag.</param>
/// <param name="PostcodePrefixes">Beginnings of the postcodes it goes to; empty for all.</param>
public sealed record RoutingRuleAnswer(
    Guid Id, Guid CompanyId, string Name, string[] Countries, Guid[] WarehouseIds, string Prefer, bool Split,
    int Position, bool Active, DateTimeOffset CreatedAt, long Version, string[] PostcodePrefixes)
{
    internal static RoutingRuleAnswer Of(RoutingRule rule, bool saved = true) => new(
        rule.Id, rule.CompanyId, rule.Name, rule.Countries, rule.WarehouseIds, rule.Prefer, rule.Split, rule.Position,
        rule.Active, rule.CreatedAt, saved ? rule.Version : rule.Version + 1, rule.PostcodePrefixes);
}
