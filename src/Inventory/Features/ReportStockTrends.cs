using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Inventory.Jobs;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Inventory.Features;

/// <summary>
/// Reports day by day what came, was sold, was taken out, found or lost, and what lay there in the evening: of a seller's offers, in an
/// operator's warehouses, of everything for the marketplace's people.
/// </summary>
internal static class ReportStockTrends
{
    private const int DaysMax = 366;
    private const int DaysDefault = 30;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/inventory/reports/trends", Handle)
        .RequirePermission(Permissions.StockRead)
        .WithSummary("Report of stock by day")
        .WithDescription($"Days in UTC, both ends included: the last {DaysDefault}, or `from` and `to`, at most {DaysMax} of "
            + "them. A day on which nothing moved stands there too. Filters: `offer_id`, `company_id`, `warehouse_id`. "
            + "`format=csv` answers a file.")
        .Produces<StockTrends>()
        .Produces<string>(StatusCodes.Status200OK, CsvFile.ContentType)
        .Problems("422 invalid_period");

    private static async Task<Results<Ok<StockTrends>, EmptyHttpResult>> Handle(
        DateOnly? from, DateOnly? to, Guid? offer_id, Guid? company_id, Guid? warehouse_id,
        [AllowedValues(null, "csv")] string? format,
        Caller caller, InventoryDb db, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var last = to ?? DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var first = from ?? (last.DayNumber < DaysDefault ? last : last.AddDays(1 - DaysDefault));
        if (last < first || last.DayNumber - first.DayNumber >= DaysMax || first.Year < 2000 || last.Year > 2200)
            throw RuleException.Invalid(
                "?from", "invalid_period", $"Give a `from` that is not after `to`, and at most {DaysMax} days.");
        var days = await db.Query(
            Sql,
            row => new StockDay(
                row.GetFieldValue<DateOnly>(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4),
                row.GetInt64(5), row.GetInt64(6)),
            ct, caller.Can(Permissions.StockRead), caller.CompaniesWith(Permissions.StockRead), Pg.Uuid(offer_id),
            Pg.Uuid(company_id), Pg.Uuid(warehouse_id), first, last);
        if (format is null)
            return TypedResults.Ok(new StockTrends(first, last, days));
        await CsvFile.Answer(
            http, "stock-trends", ["day", "received", "sold", "removed", "adjusted", "transferred", "on_hand"],
            days.Select(day => new object?[]
            {
                day.Day, day.Received, day.Sold, day.Removed, day.Adjusted, day.Transferred, day.OnHand,
            }),
            ct);
        return TypedResults.Empty;
    }

    // What lay there in the evening is what lies there now, less what came since.
    private static readonly string Sql = $"""
        with mine as materialized (select id from warehouses where company_id = any($2)),
        shelves as materialized (
            select s.offer_id, s.warehouse_id, s.on_hand from stock s join offers o on o.id = s.offer_id
             where ($1 or o.company_id = any($2) or s.warehouse_id in (select id from mine))
               and ($3::uuid is null or s.offer_id = $3) and ($4::uuid is null or o.company_id = $4)
               and ($5::uuid is null or s.warehouse_id = $5)),
        moved as (
            select d.day, d.received, d.sold, d.removed, d.adjusted, d.transferred
              from shelves join stock_days d using (offer_id, warehouse_id) where d.day >= $6
            union all
            select (m.at at time zone 'utc')::date, {SumStockDays.Sums}
              from shelves join movements m using (offer_id, warehouse_id)
             where m.on_hand_change <> 0 and m.id > (select upto from stock_sums)
               and m.at >= ($6::date::timestamp at time zone 'utc')
             group by 1),
        days as (
            select day, sum(received)::bigint as received, sum(sold)::bigint as sold, sum(removed)::bigint as removed,
                   sum(adjusted)::bigint as adjusted, sum(transferred)::bigint as transferred,
                   sum(received - sold - removed + adjusted + transferred)::bigint as change
              from moved group by 1),
        every as (
            select day::date
              from generate_series(
                       $6::timestamp, greatest($7::timestamp, (now() at time zone 'utc')::date::timestamp), interval '1 day') as day),
        told as (
            select e.day, coalesce(d.received, 0) as received, coalesce(d.sold, 0) as sold,
                   coalesce(d.removed, 0) as removed, coalesce(d.adjusted, 0) as adjusted,
                   coalesce(d.transferred, 0) as transferred,
                   (select coalesce(sum(on_hand), 0)::bigint from shelves)
                   - coalesce(sum(d.change) over (
                         order by e.day desc rows between unbounded preceding and 1 preceding), 0)::bigint as on_hand
              from every e left join days d on d.day = e.day)
        select * from told where day <= $7 order by day
        """;
}

/// <summary>The stock day by day.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="Data">Every day between, in their order.</param>
public sealed record StockTrends(DateOnly From, DateOnly To, IReadOnlyList<StockDay> Data);

/// <summary>A day of the stock, in UTC.</summary>
/// <param name="Day">The day.</param>
/// <param name="Received">Pieces that came in.</param>
/// <param name="Sold">Pieces that were shipped to buyers.</param>
/// <param name="Removed">Pieces that went out otherwise.</param>
/// <param name="Adjusted">Pieces that counts found; negative when they missed some.</param>
/// <param name="Transferred">Pieces that came from other warehouses; negative when they went there. 0 over all of them.</param>
/// <param name="OnHand">Pieces that lay there in the evening; on the present day, now.</param>
public sealed record StockDay(
    DateOnly Day, long Received, long Sold, long Removed, long Adjusted, long Transferred, long OnHand);
