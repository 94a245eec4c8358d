using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Orders.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Shows returns, newest first: a buyer's own, those of a seller's goods (of a member of one shop, of that shop's), those that a
/// company receives for a seller, for staff all.
/// </summary>
internal static class ReadReturns
{
    public static void Map(IEndpointRouteBuilder returns)
    {
        returns.MapGet("", List)
            .RequireSignIn()
            .WithSummary("List returns")
            .WithDescription("Sorted by created_at; the default is -created_at.")
            .Problems("400 unknown_sort", "400 invalid_cursor", "422 unknown_status")
            .WithExample(response: new Page<ReturnDetails>([ReturnDetails.Example], null));
        returns.MapGet("/{id:guid}", Get)
            .AllowGuests()
            .WithSummary("Show a return")
            .WithDescription("A guest reads it with the X-Order-Token of its order.")
            .Problems("404 not_found")
            .WithExample(response: ReturnDetails.Example);
    }

    private static async Task<Ok<ReturnDetails>> Get(
        Guid id, Caller caller, OrdersDb db, HttpContext http, CancellationToken ct)
    {
        var it = await db.Returns.AsNoTracking().Include(r => r.Lines).SingleOrDefaultAsync(r => r.Id == id, ct);
        if (it is not null)
            await KnowShops(db, [it], caller, ct);
        if (it is null || ReturnSight.Of(it, caller) is not { } kind)
            throw RuleException.NotFound();
        ETag.Set(http, it.Version);
        return TypedResults.Ok(ReturnDetails.Of(it, kind));
    }

    private static async Task<Ok<Page<ReturnDetails>>> List(
        PageRequest page, Caller caller, OrdersDb db, CancellationToken ct,
        string? status = null,
        [FromQuery(Name = "order_id")] Guid? orderId = null,
        [FromQuery(Name = "company_id")] Guid? companyId = null)
    {
        var descending = page.Sort("-created_at", "created_at") == "-created_at";
        var wanted = status is null ? null : Words.Of(StatusWord.Return(status, "?status"));
        var filter = $"""
            ($4::text is null or status = $4) and ($5::uuid is null or order_id = $5)
                and ($6::uuid is null or company_id = $6)
                and ($7::uuid is null or id {(descending ? "<" : ">")} $7)
            """;
        var end = $"order by id{(descending ? " desc" : "")} limit {page.Take}";
        // Each way to see returns is read along its own index, to the end of the page.
        var mine = $"""
            select distinct id from (
                (select id from returns where account_id = $1 and {filter} {end})
                union all
                select theirs.id from unnest($2::uuid[], $8::uuid[]) as c(id, shop)
                  cross join lateral (
                    select id from returns r where company_id = c.id and {filter}
                       and (c.shop is null or not exists (
                           select 1 from return_lines b
                             join order_lines l on l.order_id = r.order_id and l.id = b.line_id
                            where b.return_id = r.id and l.shop_id <> c.shop))
                     {end}) as theirs
                union all
                select theirs.id from unnest($3::uuid[]) as c(id)
                  cross join lateral (
                    select id from returns where receiver_company_id = c.id and {filter} {end}) as theirs
                ) as r {end}
            """;
        // Staff name nobody: the first three and the last stay, so that the others keep their numbers.
        var all = $"""
            select id from returns
             where ($1::uuid is null or $2::uuid[] is null or $3::uuid[] is null or $8::uuid[] is null)
               and {filter} {end}
            """;
        var staff = caller.Can(Permissions.OrdersRead);
        var companies = caller.CompaniesWith(Permissions.OrdersRead);
        Guid[] ids =
        [
            .. await db.Query(
                staff ? all : mine, row => row.GetGuid(0), ct, Pg.Uuid(staff ? null : caller.Buys),
                companies, caller.CompaniesWith(Permissions.StockRead), Pg.Text(wanted), Pg.Uuid(orderId),
                Pg.Uuid(companyId), Pg.Uuid(page.After?.Get<Guid>(0)),
                Pg.Uuids(caller.OnlyShops(Permissions.OrdersRead, companies))),
        ];
        var found = await db.Returns.AsNoTracking().Include(r => r.Lines)
            .Where(r => ids.Contains(r.Id)).ToListAsync(ct);
        await KnowShops(db, found, caller, ct);
        return TypedResults.Ok(page.Result(
            found.OrderBy(it => Array.IndexOf(ids, it.Id)).ToArray(), it => [it.Id],
            it => ReturnDetails.Of(it, ReturnSight.Of(it, caller)!)));
    }

    // Asked only for those who sell in one shop.
    private static async Task KnowShops(
        OrdersDb db, IReadOnlyCollection<Return> returns, Caller caller, CancellationToken ct)
    {
        if (caller.Shops.Count == 0)
            return;
        var shops = (await db.Query("""
            select distinct r.id, l.shop_id from returns r join return_lines b on b.return_id = r.id
              join order_lines l on l.order_id = r.order_id and l.id = b.line_id
             where r.id = any($1)
            """,
            row => (Return: row.GetGuid(0), Shop: row.GetGuid(1)), ct, returns.Select(it => it.Id).ToArray()))
            .ToLookup(row => row.Return);
        foreach (var it in returns)
            it.ShopIds = [.. shops[it.Id].Select(row => row.Shop)];
    }
}
