using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Souk.Catalog.Domain;
using Souk.Catalog.Reads;
using Souk.Contracts;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Lists products. Everybody sees those that can be bought, by category with what is below it, seller, shop, tag, attributes, price
/// and the beginning of the name, from ready-made bytes. With <c>status</c> sellers see their own in that state, the staff everybody's.
/// </summary>
internal static class ListProducts
{
    // A page of twenty is full by then where one product of twenty states what is asked for.
    private const int StretchMax = 400;
    private static readonly string[] Sorts = ["-ranking", "price", "-price", "-created_at", "name"];

    public static void Map(IEndpointRouteBuilder products)
    {
        var cache = products.ServiceProvider.GetRequiredService<ListCache>();
        var clock = products.ServiceProvider.GetRequiredService<TimeProvider>();
        products.MapGet("", async Task<IResult> (
                [AsParameters] ListProductsQuery query, AttributeFilters attributes, PageRequest page, HttpContext http,
                Caller caller) =>
            {
                if (query.Status is not null)
                    return TypedResults.Ok(await Own(query, attributes, page, caller, Db(http), http.RequestAborted));
                // A cursor is bound to its caller and its filters, so a ready page is too.
                var key = caller.Principal + http.Request.QueryString.Value;
                return cache.Find(key) ?? await cache.FindOrRead(key, Read, http.RequestAborted);
                async Task<ReadyAnswer?> Read(string _)
                {
                    var madeAt = clock.GetTimestamp();
                    var list = await Public(query, attributes, page, Db(http), CancellationToken.None);
                    return new(JsonSerializer.SerializeToUtf8Bytes(list, Json.Api)) { MadeAt = madeAt };
                }
            })
            .WithSummary("List products")
            .AllowGuests()
            .Produces<Page<ListedProduct>>()
            .Produces(StatusCodes.Status304NotModified)
            .Problems("422 unknown_attribute", "422 wrong_attribute", "422 too_many")
            .WithExample(response: new Page<ListedProduct>([ListedProduct.Example], null))
            .AddOpenApiOperationTransformer((operation, _, _) => AttributeFilters.Describe(operation));
    }

    private static CatalogDb Db(HttpContext http) => http.RequestServices.GetRequiredService<CatalogDb>();

    private static async Task<Page<ListedProduct>> Public(
        ListProductsQuery query, AttributeFilters attributes, PageRequest page, CatalogDb db, CancellationToken ct)
    {
        Guid? tag = null;
        if (query.Tag is not null)
        {
            var known = await db.Query("select id from tags where slug = $1", reader => reader.GetGuid(0), ct, query.Tag);
            if (known.Count == 0)
                return page.Result(new List<ListRow>(), row => [], row => row.Answer);
            tag = known[0];
        }
        // The narrowest leads, as a rule; the others are looked up in its rows.
        Guid[] scopes = [.. new[] { query.ShopId, query.CompanyId, tag, query.CategoryId }.OfType<Guid>()];
        if (!attributes.IsEmpty)
            return await ByAttributes(query, await attributes.Resolve(db, ct), scopes, page, db, ct);
        return await Read(InOrder(query, scopes, page, stretch: null), page, db, ct);
    }

    // Walks a stretch of the list, which fills the page unless what is asked for is rare; then what little there is gets
    // sorted, as it is at once where little is listed.
    private static async Task<Page<ListedProduct>> ByAttributes(
        ListProductsQuery query, Facets facets, Guid[] scopes, PageRequest page, CatalogDb db, CancellationToken ct)
    {
        if (!await facets.AreSoonFound(scopes, db, ct))
        {
            var walk = InOrder(query, scopes, page, StretchMax);
            facets.AskEach(walk, scopes.Length > 0 ? "e" : "l");
            var rows = await db.Query(walk.Text(page, isFew: false), ListRow.Read, ct, walk.Args);
            if (rows.Count == page.Take)
                return ListRow.Page(walk, rows, page);
        }
        var sorted = new ListSql(Sort(page), leads: "l");
        sorted.From("facets f join listings l on l.product_id = f.product_id");
        sorted.Where("l.live");
        facets.Find(sorted, scopes);
        Filter(sorted, query);
        return ListRow.Page(sorted, await db.Query(sorted.Text(page, isFew: true), ListRow.Read, ct, sorted.Args),
            page);
    }

    private static ListSql InOrder(ListProductsQuery query, Guid[] scopes, PageRequest page, int? stretch)
    {
        var sql = new ListSql(Sort(page), leads: scopes.Length > 0 ? "e" : "l") { Stretch = stretch };
        sql.From(scopes.Length == 0 ? "listings l" : "listing_entries e");
        sql.Where(scopes.Length == 0 ? "l.live" : $"e.scope = {sql.Arg(scopes[0])}");
        foreach (var scope in scopes.Skip(1))
            sql.Filter($"exists (select 1 from listing_entries o where o.scope = {sql.Arg(scope)} and o.product_id = e.product_id)");
        Filter(sql, query);
        return sql;
    }

    private static async Task<Page<ListedProduct>> Own(
        ListProductsQuery query, AttributeFilters attributes, PageRequest page, Caller caller, CatalogDb db,
        CancellationToken ct)
    {
        var staff = caller.Can(Permissions.ProductsManage);
        var mine = caller.CompaniesWith(Permissions.ProductsManage);
        if (!staff && mine.Length == 0)
            throw new RuleException(403, "forbidden", "Only sellers and staff list products by status.");
        var sql = new ListSql(Sort(page), leads: "l") { Price = "coalesce(l.price_minor, 0)" };
        sql.From("listings l join products p on p.id = l.product_id");
        if (query.CompanyId is { } company)
            sql.Where($"p.company_id = {sql.Arg(staff || mine.Contains(company) ? company : Guid.Empty)}");
        else if (!staff)
            sql.Where($"p.company_id = any({sql.Arg(mine)})");
        if (query.Status != "all")
            sql.Where($"p.status = {sql.Arg(query.Status!)}");
        if (query.CategoryId is { } category)
            sql.Where($"p.category_ids && array(select id from categories where path @> array[{sql.Arg(category)}::uuid])");
        if (query.ShopId is { } shop)
            sql.Where($"exists (select 1 from offers o where o.product_id = p.id and o.shop_id = {sql.Arg(shop)} and o.ended_at is null)");
        if (query.Tag is { } tag)
            sql.Where($"p.tag_ids && array(select id from tags where slug = {sql.Arg(tag)})");
        if (!attributes.IsEmpty)
            (await attributes.Resolve(db, ct)).AskProducts(sql);
        Filter(sql, query);
        return await Read(sql, page, db, ct);
    }

    private static string Sort(PageRequest page) => page.Sort(Sorts);

    private static void Filter(ListSql sql, ListProductsQuery query)
    {
        if (query.PriceMin is { } min)
            sql.WherePrice(">=", min);
        if (query.PriceMax is { } max)
            sql.WherePrice("<=", max);
        if (query.Q is { } q && Product.KeyOf(q) is { Length: > 0 } text)
            sql.WhereName(text);
    }

    private static async Task<Page<ListedProduct>> Read(ListSql sql, PageRequest page, CatalogDb db, CancellationToken ct)
    {
        bool? isFew = sql.NeedsProbe
            ? (await db.Query(sql.Probe, reader => reader.GetInt64(0), ct, sql.Args))[0] <= ListSql.FewMax
            : null;
        return ListRow.Page(sql, await db.Query(sql.Text(page, isFew), ListRow.Read, ct, sql.Args), page);
    }
}

/// <summary>The filters of the list.</summary>
/// <param name="CategoryId">Products of this category and of those below it.</param>
/// <param name="CompanyId">Products this company sells.</param>
/// <param name="ShopId">Products this shop sells.</param>
/// <param name="Tag">Products with this tag, by its slug.</param>
/// <param name="PriceMin">From this price on, in minor units.</param>
/// <param name="PriceMax">Up to this price, in minor units.</param>
/// <param name="Q">The name begins with it.</param>
/// <param name="Status"><c>draft</c>, <c>published</c>, <c>archived</c> or <c>all</c>: one's own products, whether they can be bought or not.</param>
// The rules stand on the properties: on the parameters the OpenAPI generator of this version fails on them.
public sealed record ListProductsQuery(
    [FromQuery(Name = "category_id")] Guid? CategoryId,
    [FromQuery(Name = "company_id")] Guid? CompanyId,
    [FromQuery(Name = "shop_id")] Guid? ShopId,
    [FromQuery(Name = "tag")][property: StringLength(100)] string? Tag,
    [FromQuery(Name = "price_min")][property: Range(0, long.MaxValue)] long? PriceMin,
    [FromQuery(Name = "price_max")][property: Range(0, long.MaxValue)] long? PriceMax,
    [FromQuery(Name = "q")][property: StringLength(100)] string? Q,
    [FromQuery(Name = "status")][property: AllowedValues("draft", "published", "archived", "all", null)] string? Status);

/// <summary>A product in a list.</summary>
/// <param name="Id">The product.</param>
/// <param name="Name">Its name.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Status"><c>draft</c>, <c>published</c> or <c>archived</c>.</param>
/// <param name="CompanyId">Who keeps its text.</param>
/// <param name="Price">Of its cheapest offer; null while none can be bought.</param>
/// <param name="PriorPrice">When that offer was reduced: its lowest price of the 30 days before, for 30 days; else null.</param>
/// <param name="Stock">Pieces that can be bought, of all offers.</param>
/// <param name="Ranking">Higher stands first.</param>
/// <param name="Offers">How many offers can be bought.</param>
/// <param name="Image">Where its first picture is.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record ListedProduct(
    Guid Id, string Name, string Slug, string Status, Guid CompanyId, Money? Price, Money? PriorPrice, long Stock,
    int Ranking, int Offers,
    string? Image, DateTimeOffset CreatedAt)
{
    internal static readonly ListedProduct Example = new(
        new Guid("0198c5a0-0000-7000-8000-000000000001"), "Oak lamp", "oak-lamp-00000001", "published",
        new Guid("0198c5a0-0000-7000-8000-000000000002"), new Money(4990, "EUR"), null, 12, 1098, 1, null,
        new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero));
}
