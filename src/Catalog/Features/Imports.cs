using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Shows how imports stand and what was wrong in their rows, and cancels one that runs: what is done stays. The company's members
/// who manage its products may, and the staff. Kept for 30 days.
/// </summary>
internal static class Imports
{
    private const string Columns =
        "id, company_id, shop_id, dry_run, status, rows, done, created, changed, failed, created_at, finished_at, version";

    public static void Map(IEndpointRouteBuilder products)
    {
        products.MapGet("/imports", List).WithSummary("List imports").RequirePermission(Permissions.ProductsManage)
            .WithExample(response: new Page<ImportAnswer>([ImportAnswer.Example], null));
        products.MapGet("/imports/{id:guid}", Show).WithSummary("Show an import")
            .RequirePermission(Permissions.ProductsManage)
            .WithExample(response: ImportAnswer.Example);
        products.MapGet("/imports/{id:guid}/errors", Errors).WithSummary("List what was wrong in an import")
            .RequirePermission(Permissions.ProductsManage)
            .WithExample(response: new Page<ImportError>([ImportError.Example], null));
        products.MapDelete("/imports/{id:guid}", Cancel).WithSummary("Cancel an import")
            .RequirePermission(Permissions.ProductsManage)
            .Problems("import_ended", "412 stale");
    }

    private static async Task<Page<ImportAnswer>> List(
        [FromQuery(Name = "company_id")] Guid? companyId, PageRequest page, Caller caller, CatalogDb db,
        CancellationToken ct)
    {
        page.Sort("-created_at");
        var companies = caller.CompaniesWith(Permissions.ProductsManage);
        var rows = await db.Query($"""
            select {Columns} from imports
             where ($1 or company_id = any($2)) and ($3::uuid is null or company_id = $3)
               and ($4::uuid is null or id < $4)
             order by id desc limit $5
            """, Read, ct,
            caller.Can(Permissions.ProductsManage), companies, Pg.Uuid(companyId),
            Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
        return page.Result(rows, row => [row.Answer.Id], row => row.Answer);
    }

    private static async Task<Ok<ImportAnswer>> Show(Guid id, HttpContext http, Caller caller, CatalogDb db,
        CancellationToken ct)
    {
        var row = await Of(id, caller, db, ct);
        ETag.Set(http, row.Version);
        return TypedResults.Ok(row.Answer);
    }

    private static async Task<Page<ImportError>> Errors(Guid id, PageRequest page, Caller caller, CatalogDb db,
        CancellationToken ct)
    {
        await Of(id, caller, db, ct);
        page.Sort("row");
        var rows = await db.Query("""
            select row, col, code, detail, n from import_errors where import_id = $1 and n > $2 order by n limit $3
            """,
            reader => (Error: new ImportError(reader.GetInt32(0), reader.GetString(1), reader.GetString(2),
                reader.GetString(3)), N: reader.GetInt32(4)),
            ct, id, page.After?.Get<int>(0) ?? -1, page.Take);
        return page.Result(rows, row => [row.N], row => row.Error);
    }

    private static async Task<NoContent> Cancel(Guid id, HttpContext http, Caller caller, CatalogDb db,
        CancellationToken ct)
    {
        // The worker's next step waits for this, finds the import cancelled, and leaves it.
        db.Lock("select 1 from imports where id = $1 for update", id);
        var (import, version) = await Of(id, caller, db, ct);
        ETag.Check(http, version);
        if (import.Status is "done" or "cancelled")
            throw new RuleException("import_ended", $"The import is {import.Status} already.");
        db.Run("""
            update imports set status = 'cancelled', finished_at = now(), csv = null, version = version + 1 where id = $1
            """, id);
        db.Audit(caller, "products.import_cancel", "import", id, import.CompanyId,
            before: new { import.Status, import.Done });
        return TypedResults.NoContent();
    }

    private static async Task<Row> Of(Guid id, Caller caller, CatalogDb db, CancellationToken ct)
    {
        var row = (await db.Query($"select {Columns} from imports where id = $1", Read, ct, id)).SingleOrDefault();
        return row is not null && caller.Can(Permissions.ProductsManage, row.Answer.CompanyId) ? row
            : throw RuleException.NotFound();
    }

    private static Row Read(NpgsqlDataReader reader) => new(
        new ImportAnswer(
            reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetBoolean(3), reader.GetString(4),
            reader.GetInt32(5), reader.GetInt32(6), reader.GetInt32(7), reader.GetInt32(8), reader.GetInt32(9),
            reader.GetFieldValue<DateTimeOffset>(10),
            reader.IsDBNull(11) ? null : reader.GetFieldValue<DateTimeOffset>(11)),
        reader.GetInt64(12));

    private sealed record Row(ImportAnswer Answer, long Version);
}

/// <summary>What was wrong in a row of a file.</summary>
/// <param name="Row">The row; the header is row 1.</param>
/// <param name="Column">The column, where one is to blame.</param>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Detail">What to do.</param>
public sealed record ImportError(int Row, string Column, string Code, string Detail)
{
    internal static readonly ImportError Example =
        new(17, "price", "wrong_price", "A price is a number such as 19.99, in EUR, with at most 2 decimals.");
}
