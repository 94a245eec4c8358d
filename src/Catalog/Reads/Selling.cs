using Souk.Catalog.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Reads;

/// <summary>In which shop of which company the caller sells.</summary>
internal sealed record SellingShop(Guid CompanyId, Guid ShopId);

/// <summary>A choice the caller has to make.</summary>
internal sealed record Choice(Guid Id, string Name);

/// <summary>What several features ask before a product or an offer is made.</summary>
internal static class Selling
{
    // A company that was founded a moment ago: its token is here before its events are.
    private static readonly TimeSpan ProjectionWait = TimeSpan.FromMilliseconds(50);
    private const int ProjectionTries = 40;

    /// <summary>
    /// The shop to sell in: the one named, or the only one there is. Locks shop and company against a change of their state
    /// until the offer is committed.
    /// </summary>
    /// <exception cref="RuleException">422 <c>unknown_company</c>, <c>company_required</c>, <c>unknown_shop</c> or <c>shop_required</c>.</exception>
    public static async Task<SellingShop> ShopFor(this CatalogDb db, Caller caller, Guid? companyId, Guid? shopId, CancellationToken ct)
    {
        var mine = caller.CompaniesWith(Permissions.ProductsManage);
        if (companyId is { } asked && !caller.Can(Permissions.ProductsManage, asked))
            throw RuleException.Invalid("/company_id", "unknown_company", "Name a company whose products you may manage.");
        var companies = companyId is { } one ? [one] : mine;
        if (companies.Length == 0 && shopId is null)
            throw RuleException.Invalid("/company_id", "company_required", "Say for which company: company_id.");
        var shops = await Shops(db, companies, shopId, ct);
        var awaited = mine.Length > 0;
        for (var tries = 0; awaited && shops.Count == 0 && tries < ProjectionTries; tries++)
        {
            // Asked before the shops are read again: an event in between is not missed.
            awaited = await IsNews(db, [.. companies.Intersect(mine)], ct);
            if (awaited)
                await Task.Delay(ProjectionWait, ct);
            shops = await Shops(db, companies, shopId, ct);
        }

        var allowed = shops.Where(shop => caller.Can(Permissions.ProductsManage, shop.CompanyId, shop.ShopId)).ToList();
        if (shopId is null && allowed.Count == 0)
            throw RuleException.Invalid("/shop_id", "shop_required", "The company has no open shop, or is suspended. Open a shop first.");
        if (shopId is not null)
            return allowed is [var named] && (companyId is null || named.CompanyId == companyId)
                ? new SellingShop(named.CompanyId, named.ShopId)
                : throw RuleException.Invalid("/shop_id", "unknown_shop", "Name an open shop of your company.");
        if (companyId is null && allowed.Select(shop => shop.CompanyId).Distinct().Count() > 1)
            throw Required("/company_id", "company_required", "You sell for several companies: say which by company_id.",
                allowed.DistinctBy(shop => shop.CompanyId).Select(shop => new Choice(shop.CompanyId, shop.CompanyName)));
        return allowed is [var only]
            ? new SellingShop(only.CompanyId, only.ShopId)
            : throw Required("/shop_id", "shop_required", "Say in which shop it is sold: shop_id.",
                allowed.Select(shop => new Choice(shop.ShopId, shop.ShopName)));
    }

    /// <summary>Refuses SKUs that the company uses already, or twice in one request.</summary>
    /// <exception cref="RuleException">422 <c>sku_taken</c>.</exception>
    public static async Task CheckSkus(this CatalogDb db, Guid companyId, IReadOnlyList<(string Sku, string Pointer)> skus, CancellationToken ct)
    {
        if (skus.Count == 0)
            return;
        var taken = (await db.Query("select sku from offers where company_id = $1 and sku = any($2) and ended_at is null",
            reader => reader.GetString(0), ct, companyId, skus.Select(s => s.Sku).ToArray())).ToHashSet(StringComparer.Ordinal);
        FieldError[] errors =
        [
            .. skus.Where(s => !taken.Add(s.Sku))
                .Select(s => new FieldError(s.Pointer, "sku_taken", "The company sells something with this SKU already. Choose another.")),
        ];
        if (errors.Length > 0)
            throw new RuleException(422, "sku_taken", errors[0].Detail, errors);
    }

    /// <summary>Refuses a slug that another product has.</summary>
    /// <exception cref="RuleException">422 <c>slug_taken</c>.</exception>
    public static async Task CheckSlug(this CatalogDb db, Product product, CancellationToken ct)
    {
        // One that another had stays with it: it is an address that people have.
        var taken = await db.Query("""
            select 1 from products where slug = $1 and id <> $2
            union all select 1 from old_slugs where kind = 'products' and slug = $1 and id <> $2
            """, reader => reader.GetInt32(0), ct, product.Slug, product.Id);
        if (taken.Count > 0)
            throw RuleException.Invalid("/slug", "slug_taken",
                "Another product has, or had, this slug. Choose another, or leave it out.");
    }

    private static Task<List<ShopRow>> Shops(CatalogDb db, Guid[] companies, Guid? shopId, CancellationToken ct) => db.Query("""
        select c.id, c.name, s.id, s.name from shops s join companies c on c.id = s.company_id
         where (s.id = $2 or ($2 is null and s.company_id = any($1))) and s.status = 'active' and c.status not in ('suspended', 'closed')
         order by s.id limit 50 for share
        """,
        reader => new ShopRow(reader.GetGuid(0), reader.GetString(1), reader.GetGuid(2), reader.GetString(3)), ct,
        companies, Pg.Uuid(shopId));

    private static async Task<bool> IsNews(CatalogDb db, Guid[] companies, CancellationToken ct) =>
        (await db.Query("""
            select 1 from unnest($1::uuid[]) as mine(id)
             where not exists (select 1 from companies where companies.id = mine.id) or not exists (select 1 from shops where company_id = mine.id)
             limit 1
            """, reader => reader.GetInt32(0), ct, companies)).Count > 0;

    private static RuleException Required(string pointer, string code, string detail, IEnumerable<Choice> choices)
    {
        var refusal = RuleException.Invalid(pointer, code, detail);
        refusal.More["choices"] = choices.ToArray();
        return refusal;
    }

    private sealed record ShopRow(Guid CompanyId, string CompanyName, Guid ShopId, string ShopName);
}
