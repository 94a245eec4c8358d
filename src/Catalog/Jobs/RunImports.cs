using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Souk.Catalog.Csv;
using Souk.Catalog.Reads;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Catalog.Jobs;

/// <summary>
/// Works through the files of products that were sent: a transaction for each product, and in it how far the file is done. So a
/// crash repeats nothing, a wrong row spoils no other, and who cancels finds whole products. One process at a time has a file.
/// </summary>
internal sealed class RunImports(Writes writes, IOptions<CatalogOptions> options, TimeProvider clock,
    ILogger<RunImports> logger) : IWorker
{
    private const int TriesMax = 3;
    private const int ErrorsPerRowMax = 50;

    public async Task<bool> Run(CancellationToken ct)
    {
        if (await Lease(ct) is not { } import)
            return false;
        var done = 0;
        foreach (var lines in ProductFile.ByProduct(ProductFile.Read(import.Csv)))
        {
            done += lines.Length;
            if (done > import.Done && !await Step(import, lines, done, ct))
                break;
        }
        return true;
    }

    private Task<Leased?> Lease(CancellationToken ct) => writes.Run<CatalogDb, Leased?>(
        async db => (await db.Query("""
            update imports set status = 'running', leased_until = now() + interval '1 minute'
             where id = (select id from imports where status in ('waiting', 'running') and leased_until < now()
                          order by id limit 1 for update skip locked)
            returning id, company_id, shop_id, account_id, dry_run, done, csv, one_shop
            """,
            reader => new Leased(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetGuid(3), reader.GetBoolean(4),
                reader.GetInt32(5), reader.GetFieldValue<byte[]>(6), reader.GetBoolean(7)), ct)).SingleOrDefault(),
        ct);

    // False when the file is no longer this worker's: it was cancelled, or the lease ended and another has it.
    private async Task<bool> Step(Leased import, ProductLine[] lines, int done, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
            try
            {
                await Apply(import, lines, done, ct);
                return true;
            }
            catch (DryRunException tried)
            {
                return await Note(import, done, db => Progress(db, import, lines, done, tried.Came), ct);
            }
            catch (ChangedMeanwhileException)
            {
                return false;
            }
            catch (RuleException refused)
            {
                return await Note(import, done, db => Refuse(db, import, lines, done, refused), ct);
            }
            catch (Exception e) when (IsOfTheRow(e))
            {
                // Somebody changed the product meanwhile, or took the SKU: read anew, it is known what to do.
                if (tries < TriesMax)
                    continue;
                logger.LogWarning(e, "Import {Import}: row {Row} failed", import.Id, lines[0].Number);
                var failed = new RuleException("changed_meanwhile",
                    "It could not be stored, because others changed it. Import the row again.");
                return await Note(import, done, db => Refuse(db, import, lines, done, failed), ct);
            }
    }

    private static bool IsOfTheRow(Exception e) =>
        e is DbUpdateException || e is PostgresException { IsTransient: false }
            || e.InnerException is PostgresException { IsTransient: false };

    private Task Apply(Leased import, ProductLine[] lines, int done, CancellationToken ct) => writes.Run<CatalogDb>(
        async db =>
        {
            var caller = new Caller
            {
                AccountId = import.AccountId,
                Kind = "company",
                Companies = new Dictionary<Guid, IReadOnlySet<string>>
                {
                    [import.CompanyId] = new HashSet<string> { Permissions.ProductsManage },
                },
                Shops = import.OneShop ? new() { [import.CompanyId] = import.ShopId } : new Dictionary<Guid, Guid>(),
            };
            // Asked each time: the shop may have closed since.
            var shop = await db.ShopFor(caller, import.CompanyId, import.ShopId, ct);
            var importer = new Importer(caller, shop, options.Value.Currency);
            var came = await new ImportedProduct(db, importer, clock.GetUtcNow(), lines, ct).Apply();
            if (import.DryRun)
            {
                await db.SaveChangesAsync(ct);
                throw new DryRunException(came);
            }
            Progress(db, import, lines, done, came);
        },
        ct);

    private async Task<bool> Note(Leased import, int done, Action<CatalogDb> note, CancellationToken ct)
    {
        try
        {
            await writes.Run<CatalogDb>(
                db =>
                {
                    note(db);
                    return Task.CompletedTask;
                },
                ct);
            return true;
        }
        catch (ChangedMeanwhileException)
        {
            logger.LogInformation("Import {Import} ended at row {Row}: it is another's, or cancelled", import.Id, done);
            return false;
        }
    }

    private static void Progress(CatalogDb db, Leased import, ProductLine[] lines, int done, Imported? came) => db.RunMust("""
        update imports set done = $2, created = created + $3, changed = changed + $4, failed = failed + $5,
               version = version + 1, leased_until = now() + interval '1 minute',
               status = case when $2 = rows then 'done' else status end,
               csv = case when $2 = rows then null else csv end,
               finished_at = case when $2 = rows then now() end
         where id = $1 and status = 'running' and done = $6 returning 1
        """,
        import.Id, done, came == Imported.Created ? 1 : 0, came == Imported.Changed ? 1 : 0,
        came is null ? lines.Length : 0, done - lines.Length);

    private static void Refuse(CatalogDb db, Leased import, ProductLine[] lines, int done, RuleException refused)
    {
        Progress(db, import, lines, done, came: null);
        FieldError[] errors = refused.Errors.Count > 0 ? [.. refused.Errors]
            : [new FieldError("", refused.Code, refused.Message)];
        foreach (var (n, error) in errors.Take(ErrorsPerRowMax).Index())
        {
            var (place, column) = At(error.Pointer);
            var row = refused.More.TryGetValue("row", out var named) ? (int)named!
                : lines[Math.Min(place, lines.Length - 1)].Number;
            db.Run("insert into import_errors (import_id, n, row, col, code, detail) values ($1, $2, $3, $4, $5, $6)",
                import.Id, (lines[0].Number * ErrorsPerRowMax) + n, row, column, error.Code, error.Detail);
        }
    }

    // The rules speak of requests, /variants/2/sku; the file has rows and columns.
    private static (int Place, string Column) At(string pointer)
    {
        var parts = pointer.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var place = 0;
        if (parts is ["variants", var index, ..] && int.TryParse(index, CultureInfo.InvariantCulture, out place))
            parts = parts[2..];
        return (place, parts switch
        {
            ["category_ids", ..] => "categories",
            ["attributes", var code, ..] => ProductFile.AttributePrefix + code,
            [var column, ..] => column,
            [] => "",
        });
    }

    private sealed record Leased(
        Guid Id, Guid CompanyId, Guid ShopId, Guid AccountId, bool DryRun, int Done, byte[] Csv, bool OneShop);

    /// <summary>Rolls back what a dry run did, and says what it would have been.</summary>
    private sealed class DryRunException(Imported came) : Exception
    {
        public Imported Came { get; } = came;
    }
}
