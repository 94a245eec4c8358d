using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Reports of each offer what lies there, how long it has been there and how long it will last: a seller's offers, what lies in an
/// operator's warehouses, everything for the marketplace's people. As pages, or as a file for a spreadsheet.
/// </summary>
internal static class ReportStockLevels
{
    private const int FileRowsMax = 5000;

    private static readonly string[] Columns =
    [
        "offer_id", "product_id", "company_id", "sku", "title", "on_hand", "reserved", "backordered", "free",
        "sold_four_weeks", "days_of_cover",
        "age_month", "age_quarter", "age_half_year", "age_older",
    ];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/inventory/reports/levels", Handle)
        .RequirePermission(Permissions.StockRead)
        .WithSummary("Report of stock levels")
        .WithDescription("Each offer with its counters, what was sold in 28 days, for how many days the free pieces last at that "
            + "rate, and how long the pieces on hand have been there, taking the oldest to leave first. Filters: `company_id`, "
            + $"`warehouse_id`, `sku`. In the order of the offers' ids. `format=csv` answers up to {FileRowsMax} rows as a "
            + "file; the next begins `after` its last `offer_id`.")
        .Produces<Page<StockLevelReport>>()
        .Produces<string>(StatusCodes.Status200OK, CsvFile.ContentType);

    private static async Task<Results<Ok<Page<StockLevelReport>>, EmptyHttpResult>> Handle(
        Guid? company_id, Guid? warehouse_id, [StringLength(100)] string? sku,
        [AllowedValues(null, "csv")] string? format, Guid? after,
        PageRequest page, Caller caller, InventoryDb db, HttpContext http, CancellationToken ct)
    {
        page.Sort("offer_id");
        var file = format is not null;
        var rows = await db.Query(
            Sql, Read, ct,
            caller.Can(Permissions.StockRead), caller.CompaniesWith(Permissions.StockRead), Pg.Uuid(company_id),
            Pg.Uuid(warehouse_id),
            Pg.Text(sku), Pg.Uuid(page.After?.Get<Guid>(0) ?? after), file ? FileRowsMax : page.Take);
        if (!file)
            return TypedResults.Ok(page.Result(rows, row => [row.OfferId]));
        await CsvFile.Answer(http, "stock-levels", Columns, rows.Select(Cells), ct);
        return TypedResults.Empty;
    }

    // Goods that only changed the warehouse did not come, unless one warehouse is asked about.
    private static readonly string Sql = $"""
        with mine as materialized (select id from warehouses where company_id = any($2)),
        page as materialized (
            select o.id, o.product_id, o.company_id, o.sku, o.title from offers o
             where ($1 or o.company_id = any($2)
                    or exists (select 1 from stock s
                                where s.offer_id = o.id and s.warehouse_id in (select id from mine)))
               and ($3::uuid is null or o.company_id = $3) and ($5::text is null or o.sku = $5)
               and ($6::uuid is null or o.id > $6)
               and ($4::uuid is null or exists (select 1 from stock s where s.offer_id = o.id and s.warehouse_id = $4))
             order by o.id limit $7),
        level as (
            select p.id, coalesce(sum(s.on_hand), 0)::bigint as on_hand,
                   coalesce(sum(s.reserved), 0)::bigint as reserved,
                   coalesce(sum(s.backordered), 0)::bigint as backordered
              from page p left join stock s on s.offer_id = p.id and {Scope("s")} group by p.id),
        moved as (
            select d.offer_id, d.day, d.received, d.sold, d.adjusted, d.transferred
              from page p join stock_days d on d.offer_id = p.id and {Scope("d")}
            union all
            select m.offer_id, (m.at at time zone 'utc')::date,
                   case when m.kind = 'in' then m.on_hand_change else 0 end,
                   case when m.kind = 'out' and m.order_id is not null then -m.on_hand_change else 0 end,
                   case when m.kind = 'adjust' then m.on_hand_change else 0 end,
                   case when m.kind = 'transfer' then m.on_hand_change else 0 end
              from page p join movements m on m.offer_id = p.id and m.on_hand_change <> 0 and {Scope("m")}
             where m.id > (select upto from stock_sums)),
        days as (
            select offer_id, day, sum(sold) as sold,
                   sum(received + greatest(adjusted, 0) + case when $4::uuid is null then 0
                                                              else greatest(transferred, 0) end) as came
              from moved group by 1, 2),
        aged as (
            select l.id, d.day, d.sold,
                   least(l.on_hand, sum(d.came) over newest)
                   - least(l.on_hand, sum(d.came) over newest - d.came) as pieces
              from level l join days d on d.offer_id = l.id window newest as (partition by l.id order by d.day desc)),
        told as (
            select id, coalesce(sum(sold) filter (where day > current_date - 28), 0)::bigint as sold,
                   coalesce(sum(pieces) filter (where day > current_date - 30), 0)::bigint as to_30,
                   coalesce(sum(pieces) filter (
                       where day <= current_date - 30 and day > current_date - 90), 0)::bigint as to_90,
                   coalesce(sum(pieces) filter (
                       where day <= current_date - 90 and day > current_date - 180), 0)::bigint as to_180
              from aged group by id)
        select p.id, p.product_id, p.company_id, p.sku, p.title, l.on_hand, l.reserved, l.backordered,
               coalesce(t.sold, 0), coalesce(t.to_30, 0), coalesce(t.to_90, 0), coalesce(t.to_180, 0)
          from page p join level l on l.id = p.id left join told t on t.id = p.id order by p.id
        """;

    // An operator sees of an offer what lies in their own warehouses, its seller all of it.
    private static string Scope(string of) =>
        $"($1 or p.company_id = any($2) or {of}.warehouse_id in (select id from mine)) "
        + $"and ($4::uuid is null or {of}.warehouse_id = $4)";

    private static StockLevelReport Read(NpgsqlDataReader row)
    {
        var (onHand, reserved, backordered) = (row.GetInt64(5), row.GetInt64(6), row.GetInt64(7));
        var sold = row.GetInt64(8);
        var (to30, to90, to180) = (row.GetInt64(9), row.GetInt64(10), row.GetInt64(11));
        return new(
            row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetString(4), onHand, reserved,
            backordered,
            onHand - reserved, sold, sold == 0 ? null : Math.Round((onHand - reserved) * 28m / sold, 1),
            new(to30, to90, to180, onHand - to30 - to90 - to180));
    }

    private static object?[] Cells(StockLevelReport row) =>
    [
        row.OfferId, row.ProductId, row.CompanyId, row.Sku, row.Title, row.OnHand, row.Reserved, row.Backordered,
        row.Free, row.SoldFourWeeks,
        row.DaysOfCover, row.Age.Month, row.Age.Quarter, row.Age.HalfYear, row.Age.Older,
    ];
}

/// <summary>The stock of an offer, how old it is and how long it lasts.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="CompanyId">Its seller.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="OnHand">Pieces there.</param>
/// <param name="Reserved">Those of them that orders have taken.</param>
/// <param name="Backordered">Pieces that orders wait for.</param>
/// <param name="Free">Pieces there that nobody has taken.</param>
/// <param name="SoldFourWeeks">Pieces that were shipped to buyers today and in the 27 days before.</param>
/// <param name="DaysOfCover">For how many days the free pieces last at that rate; null where none was sold.</param>
/// <param name="Age">How long the pieces on hand have been there.</param>
public sealed record StockLevelReport(
    Guid OfferId, Guid ProductId, Guid CompanyId, string Sku, string Title, long OnHand, long Reserved,
    long Backordered, long Free,
    long SoldFourWeeks, decimal? DaysOfCover, StockAge Age);

/// <summary>Pieces on hand by how long they have been there, when the oldest leave first. They sum to what is on hand.</summary>
/// <param name="Month">Came in the last 30 days.</param>
/// <param name="Quarter">Before that, in the last 90.</param>
/// <param name="HalfYear">Before that, in the last 180.</param>
/// <param name="Older">Longer ago.</param>
public sealed record StockAge(long Month, long Quarter, long HalfYear, long Older);
