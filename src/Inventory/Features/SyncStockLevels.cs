using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Inventory.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Sets many stock levels at once, each by compare-and-swap: for a seller's own system or a warehouse's. Each row has a result
/// of its own; one that is refused does not stop the others.
/// </summary>
internal static class SyncStockLevels
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/stock-levels/sync", Handle)
        .RequirePermission(Permissions.StockManage)
        .Idempotent()
        .WithSummary("Set many stock levels")
        .WithDescription("Up to 1,000 rows, each by offer id or by your SKU. Row results: `changed`, `unchanged`, `refused` with a code: "
            + "`not_found`, `unknown_warehouse`, `stock_changed`, `reserved_pieces`, `capacity_exceeded`.")
        .WithExample(request: new SyncStockLevelsRequest([new(40, Sku: "LAMP-RED", Expected: 42), new(12, Sku: "LAMP-BLUE")], "nightly sync"));

    private static async Task<SyncStockLevelsResponse> Handle(
        SyncStockLevelsRequest request, Caller caller, InventoryDb db, CancellationToken ct)
    {
        var rows = await Resolve(request.Rows, caller, db, ct);
        var known = rows.Where(row => row is { Place: not null }).ToList();
        var results = new SyncStockLevelResult[rows.Length];
        if (known.Count > 0)
        {
            var capacities = await Capacities.Lock(db, known.Select(row => row.Place!.Value), ct);
            var stock = await LockedStock.Open(db, [.. known.Select(row => (row.Offer!.Value, row.Place!.Value)).Distinct()], ct);
            var changed = 0;
            foreach (var row in known)
            {
                var shelf = stock.Shelf(row.Offer!.Value, row.Place!.Value)!;
                var (wanted, before) = (request.Rows[row.Index], shelf.OnHand);
                var note = new MovementNote(MovementKind.Adjust, AccountId: caller.AccountId, Reason: request.Reason ?? "sync");
                var refusal = SetStockLevel.Set(stock, capacities, shelf, wanted.Quantity, wanted.Expected, note);
                results[row.Index] = refusal is var (code, detail)
                    ? new(row.Index, "refused", shelf.OfferId, shelf.WarehouseId, shelf.OnHand, code, detail)
                    : new(row.Index, shelf.OnHand == before ? "unchanged" : "changed", shelf.OfferId, shelf.WarehouseId, shelf.OnHand);
                changed += shelf.OnHand == before ? 0 : 1;
            }
            stock.Write();
            // The movements say what changed, who did it and why; the trail says that it was one request.
            if (changed > 0)
                db.Audit(caller, "stock.sync", "account", caller.AccountId!.Value, after: new { rows = rows.Length, changed }, reason: request.Reason);
        }
        foreach (var row in rows)
            results[row.Index] ??= row.Offer is null
                ? new(row.Index, "refused", null, null, null, "not_found", "You have no such offer, or several of this SKU: name the offer's id.")
                : new(row.Index, "refused", row.Offer, null, null, "unknown_warehouse", "Take a warehouse of yours, or of an operator who stores for others.");
        return new(results);
    }

    /// <summary>The offers and warehouses of all rows, as far as they are the caller's, in two queries.</summary>
    private static async Task<Row[]> Resolve(SyncStockLevelRow[] asked, Caller caller, InventoryDb db, CancellationToken ct)
    {
        var (all, mine) = (caller.Can(Permissions.StockManage), caller.CompaniesWith(Permissions.StockManage));
        var offers = await db.Query("""
            select r.n, min(o.id::text)::uuid, min(o.company_id::text)::uuid
              from unnest($3::uuid[], $4::text[]) with ordinality as r(id, sku, n)
              join offers o on o.id = r.id or (r.id is null and o.sku = r.sku and o.company_id = any($2))
             where $1 or o.company_id = any($2)
                or exists (select 1 from stock s join warehouses w on w.id = s.warehouse_id where s.offer_id = o.id and w.company_id = any($2))
             group by r.n having count(*) = 1
            """,
            reader => (Index: (int)reader.GetInt64(0) - 1, Offer: reader.GetGuid(1), Company: reader.GetGuid(2)),
            ct, all, mine, Pg.Uuids([.. asked.Select(row => row.OfferId)]), Pg.Texts([.. asked.Select(row => row.Sku)]));

        var sellers = offers.Select(offer => offer.Company).Where(company => caller.Can(Permissions.StockManage, company)).ToHashSet();
        var withoutPlace = offers.Where(offer => asked[offer.Index].WarehouseId is null && sellers.Contains(offer.Company));
        var defaults = await db.DefaultWarehousesOf(withoutPlace.Select(offer => offer.Company), ct);
        var wanted = offers
            .Select(offer => (offer.Index, offer.Offer, offer.Company, Place: asked[offer.Index].WarehouseId
                ?? (defaults.TryGetValue(offer.Company, out var place) ? place : (Guid?)null)))
            .ToList();
        var usable = await db.Query("""
            select r.n
              from unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bool[]) as r(n, offer_id, company_id, warehouse_id, sells)
              join warehouses w on w.id = r.warehouse_id and w.closed_at is null
              left join companies c on c.id = w.company_id
             where r.sells and (w.company_id = r.company_id or (c.kind = $6 and c.status = $7))
                or w.company_id = any($8) and exists (select 1 from stock s where s.offer_id = r.offer_id and s.warehouse_id = w.id)
               for key share of w
            """,
            reader => reader.GetInt32(0), ct,
            wanted.Select(row => row.Index).ToArray(), wanted.Select(row => row.Offer).ToArray(), wanted.Select(row => row.Company).ToArray(),
            Pg.Uuids([.. wanted.Select(row => row.Place)]), wanted.Select(row => sellers.Contains(row.Company)).ToArray(),
            Company.Operator, Company.Approved, mine);

        var rows = asked.Select((_, index) => new Row(index, null, null)).ToArray();
        foreach (var row in wanted)
            rows[row.Index] = new(row.Index, row.Offer, null);
        foreach (var index in usable)
            rows[index] = rows[index] with { Place = wanted.Find(row => row.Index == index).Place };
        return rows;
    }

    private sealed record Row(int Index, Guid? Offer, Guid? Place);
}

/// <summary>Many counted levels.</summary>
/// <param name="Rows">1 to 1,000 of them, applied in their order.</param>
/// <param name="Reason">Why, for the record.</param>
public sealed record SyncStockLevelsRequest(
    [property: Required, MinLength(1), MaxLength(1000)] SyncStockLevelRow[] Rows,
    [property: StringLength(200)] string? Reason = null);

/// <summary>One counted level.</summary>
/// <param name="Quantity">Pieces on hand from now on.</param>
/// <param name="OfferId">The offer; or give <paramref name="Sku" />.</param>
/// <param name="Sku">Your number of it.</param>
/// <param name="WarehouseId">Where; left out for the seller's default warehouse.</param>
/// <param name="Expected">Pieces that are on hand as far as you know; the row is refused when that is no longer so.</param>
public sealed record SyncStockLevelRow(
    [property: Range(0, 1_000_000_000)] long Quantity,
    Guid? OfferId = null,
    [property: StringLength(100)] string? Sku = null,
    Guid? WarehouseId = null,
    [property: Range(0, 1_000_000_000)] long? Expected = null);

/// <summary>What became of the rows.</summary>
/// <param name="Data">One for each row, in their order.</param>
public sealed record SyncStockLevelsResponse(SyncStockLevelResult[] Data);

/// <summary>What became of one row.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Status"><c>changed</c>, <c>unchanged</c> or <c>refused</c>.</param>
/// <param name="OfferId">The offer it meant.</param>
/// <param name="WarehouseId">The warehouse it meant.</param>
/// <param name="OnHand">Pieces on hand now.</param>
/// <param name="Code">Why it was refused.</param>
/// <param name="Detail">The same as a sentence.</param>
public sealed record SyncStockLevelResult(
    int Index, string Status, Guid? OfferId, Guid? WarehouseId, long? OnHand, string? Code = null, string? Detail = null);
