using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>Shows how a seller's stock is sold, for one offer or as a list. Sellers see their own; the marketplace's people all.</summary>
internal static class ReadStockRules
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/stock-rules", List)
            .RequirePermission(Permissions.StockRead)
            .WithSummary("List stock rules")
            .WithDescription("Offers that have one, in the order of their ids. Filters: `company_id`, `sku`.");
        routes.MapGet("/stock-rules/{id:guid}", One)
            .RequirePermission(Permissions.StockRead)
            .WithSummary("Read the stock rule of an offer")
            .WithDescription("An offer without one has zeros and the version 0.");
    }

    /// <summary>The rule of an offer; null when it has none.</summary>
    public static async Task<StockRule?> StockRule(this InventoryDb db, Guid offerId, CancellationToken ct) =>
        (await db.Query(
            $"""
            select {Features.StockRule.Columns} from stock_rules r join offers o on o.id = r.offer_id where r.offer_id = $1
            """,
            Features.StockRule.Read, ct, offerId)).FirstOrDefault();

    private static async Task<Page<StockRule>> List(
        Guid? company_id, [StringLength(100)] string? sku, PageRequest page, Caller caller, InventoryDb db,
        CancellationToken ct)
    {
        page.Sort("offer_id");
        var rows = await db.Query($"""
            select {Features.StockRule.Columns} from stock_rules r join offers o on o.id = r.offer_id
             where ($1 or r.company_id = any($2)) and ($3::uuid is null or r.company_id = $3)
               and ($4::text is null or o.sku = $4)
               and ($5::uuid is null or r.offer_id > $5)
             order by r.offer_id limit $6
            """,
            Features.StockRule.Read, ct, caller.Can(Permissions.StockRead), caller.CompaniesWith(Permissions.StockRead),
            Pg.Uuid(company_id), Pg.Text(sku), Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
        return page.Result(rows, row => [row.OfferId]);
    }

    private static async Task<StockRule> One(
        Guid id, Caller caller, InventoryDb db, HttpContext http, CancellationToken ct)
    {
        var offer = (await db.Query(
            "select id, product_id, company_id, sku, title from offers where id = $1",
            row => new StockedOffer(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetString(4)),
            ct, id)).FirstOrDefault();
        if (offer is null || !caller.Can(Permissions.StockRead, offer.CompanyId))
            throw RuleException.NotFound();
        var rule = await db.StockRule(id, ct)
            ?? Features.StockRule.None(offer.Id, offer.CompanyId, offer.Sku, offer.Title);
        ETag.Set(http, rule.Version);
        return rule;
    }
}
