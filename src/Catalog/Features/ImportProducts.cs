using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Catalog.Csv;
using Souk.Catalog.Jobs;
using Souk.Catalog.Reads;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Takes a file of products and offers, a row for each offer, and works through it behind the answer; where it stands and what
/// was wrong in which row is read under its Location. Members of a company who manage its products may.
/// </summary>
internal static class ImportProducts
{
    public const int SizeMax = 5 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder products) =>
        products.MapPost("/import", Handle)
            .WithSummary("Import products from CSV")
            .WithDescription("""
                The body is CSV in UTF-8, at most 5 MB and 10,000 rows; its first row names the columns. `sku` tells
                which offer of the company a row is, rows with one `slug` are one product. Columns that are left out
                leave alone what is there, so a file of `sku` and `price` changes prices. Several categories (by slug),
                tags or options (`color=red|size=L`) of a cell have a bar between them; `attr.<code>` are
                specifications. `stock` is the first stock of a new offer. `GET /products/export` writes such a file.
                """)
            .RequirePermission(Permissions.ProductsManage)
            .Idempotent()
            .Accepts<string>("text/csv")
            .WithMetadata(new RequestSizeLimitAttribute(SizeMax))
            .Problems(
                "import_running", "422 company_required", "422 shop_required", "422 unknown_company",
                "422 unknown_shop", "422 empty_file", "422 malformed_csv", "422 unknown_column",
                "422 duplicate_column", "422 missing_column", "422 too_many")
            .WithExample("sku,slug,name,price,stock\nLAMP-1,oak-lamp,Oak lamp,49.90,12\n", ImportAnswer.Example);

    private static async Task<Accepted<ImportAnswer>> Handle(
        [FromQuery(Name = "company_id")] Guid? companyId, [FromQuery(Name = "shop_id")] Guid? shopId,
        [FromQuery(Name = "dry_run")] bool? dryRun, HttpContext http, Caller caller, CatalogDb db,
        Wakes<RunImports> wakes, TimeProvider clock, CancellationToken ct)
    {
        // Read and looked at before anything is locked.
        var csv = await RequestBody.Read(http, SizeMax, "A file has at most 5 MB. Send it in parts.", ct);
        var rows = ProductFile.Read(csv).Count;
        var shop = await db.ShopFor(caller, companyId, shopId, ct);
        // One at a time: two files with the same products would change each other's work.
        db.Lock("select pg_advisory_xact_lock(hashtextextended($1, 0))", $"import/{shop.CompanyId}");
        var open = await db.Query("select id from imports where company_id = $1 and status in ('waiting', 'running')",
            reader => reader.GetGuid(0), ct, shop.CompanyId);
        if (open.Count > 0)
            throw new RuleException("import_running",
                "A file of the company is being imported. Wait for it, or cancel it.")
            {
                More = { ["import_id"] = open[0] },
            };

        var now = clock.GetUtcNow();
        var import = new ImportAnswer(
            Guid.CreateVersion7(now), shop.CompanyId, shop.ShopId, dryRun ?? false, "waiting", rows, 0, 0, 0, 0, now,
            null);
        db.Run("""
            insert into imports (id, company_id, shop_id, account_id, one_shop, dry_run, status, rows, csv, created_at, version)
            values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $9, 1)
            """, import.Id, import.CompanyId, import.ShopId, caller.AccountId!.Value,
            caller.Shops.ContainsKey(import.CompanyId), import.DryRun, rows, csv, now);
        db.Audit(caller, "products.import", "import", import.Id, import.CompanyId, after: new { rows, import.DryRun });
        db.AfterCommit(wakes.Now);
        return TypedResults.Accepted($"/products/imports/{import.Id}", import);
    }
}

/// <summary>A file of products on its way.</summary>
/// <param name="Id">The import.</param>
/// <param name="CompanyId">Whose products it holds.</param>
/// <param name="ShopId">Where its offers are sold.</param>
/// <param name="DryRun">Whether it is only tried: everything is checked, nothing is kept.</param>
/// <param name="Status"><c>waiting</c>, <c>running</c>, <c>done</c> or <c>cancelled</c>.</param>
/// <param name="Rows">Rows of the file, without its header.</param>
/// <param name="Done">Rows that are done, wrong ones among them.</param>
/// <param name="Created">Products that were made.</param>
/// <param name="Changed">Products that were there, and now are as the file says.</param>
/// <param name="Failed">Rows that were refused; with a wrong row all rows of its product are.</param>
/// <param name="CreatedAt">When it was sent.</param>
/// <param name="FinishedAt">When it ended.</param>
public sealed record ImportAnswer(
    Guid Id, Guid CompanyId, Guid ShopId, bool DryRun, string Status, int Rows, int Done, int Created, int Changed,
    int Failed, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt)
{
    internal static readonly ImportAnswer Example = new(
        new Guid("0198c5a0-0000-7000-8000-00000000000a"), new Guid("0198c5a0-0000-7000-8000-000000000002"),
        new Guid("0198c5a0-0000-7000-8000-000000000005"), false, "running", 10_000, 2_500, 2_400, 88, 12,
        new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero), null);
}
