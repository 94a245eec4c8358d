using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>The shops of a company. Its members see them; who may change the company opens, changes and closes them.</summary>
internal static class Shops
{
    private const int CountMax = 100;

    public static void Map(IEndpointRouteBuilder companies)
    {
        var shops = companies.MapGroup("/{companyId:guid}/shops");
        shops.MapGet("", List).RequireSignIn().WithSummary("The shops of a company");
        shops.MapPost("", Create).RequirePermission(Permissions.CompanyManage).Idempotent()
            .WithSummary("Open a shop")
            .WithDescription("No open shop of another company may have a name that looks the same: case, full width and "
                + "letters of other alphabets that look like Latin ones do not count.")
            .Problems("not_a_seller", "too_many_shops", "shop_name_taken")
            .WithExample(new ShopRequest("Ann's Lamps", "Lamps that were something else before."));
        shops.MapGet("/{id:guid}", Get).RequireSignIn().WithSummary("One shop");
        shops.MapPut("/{id:guid}", Put).RequirePermission(Permissions.CompanyManage)
            .WithSummary("Change a shop")
            .WithDescription("Its `slug` stays: links to it are out there.")
            .Problems("shop_closed", "shop_name_taken", "412 stale");
        shops.MapDelete("/{id:guid}", Close).RequirePermission(Permissions.CompanyManage)
            .WithSummary("Close a shop")
            .Problems("412 stale");
    }

    private static async Task<Page<ShopResponse>> List(Guid companyId, Caller caller, IdentityDb db, PageRequest page, CancellationToken ct)
    {
        await CheckVisible(companyId, caller, db, ct);
        var rows = await db.Shops.AsNoTracking().Where(s => s.CompanyId == companyId).InOrder(page, s => s.CreatedAt, s => s.Id).ToListAsync(ct);
        return page.Result(rows, s => [s.CreatedAt, s.Id], s => ShopResponse.Of(s));
    }

    private static async Task<ShopResponse> Get(Guid companyId, Guid id, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        await CheckVisible(companyId, caller, db, ct);
        var shop = await Find(companyId, id, db, ct);
        ETag.Set(http, shop.Version);
        return ShopResponse.Of(shop);
    }

    private static async Task<Created<ShopResponse>> Create(
        Guid companyId, ShopRequest request, Caller caller, IdentityDb db, Founding founding, HttpContext http, CancellationToken ct)
    {
        var company = await Companies.Find(companyId, Permissions.CompanyManage, caller, db, ct);
        if (company.Kind != Company.Seller)
            throw new RuleException("not_a_seller", "Only sellers have shops. Found a seller company for it.");
        if (await db.Shops.CountAsync(s => s.CompanyId == companyId, ct) >= CountMax)
            throw new RuleException("too_many_shops", $"A company has at most {CountMax} shops.");
        var shop = await founding.Shop(companyId, request.Name, ct);
        shop.Description = request.Description;
        founding.Open(shop);
        db.Audit(caller, "shop.open", "shop", shop.Id, companyId, after: new { shop.Name, shop.Slug });
        ETag.Set(http, shop);
        return TypedResults.Created($"/companies/{companyId}/shops/{shop.Id}", ShopResponse.Of(shop, 1));
    }

    private static async Task<ShopResponse> Put(
        Guid companyId, Guid id, ShopRequest request, Caller caller, IdentityDb db, Founding founding, HttpContext http,
        CancellationToken ct)
    {
        await Companies.Find(companyId, Permissions.CompanyManage, caller, db, ct);
        var shop = await Find(companyId, id, db, ct);
        ETag.Check(http, shop.Version);
        if (shop.Status == Shop.Closed)
            throw new RuleException("shop_closed", "This shop is closed. Open a new one.");
        if (request.Name != shop.Name)
        {
            await founding.CheckName(request.Name, companyId, ct);
            shop.NameKey = Names.Key(request.Name);
        }
        var before = new { shop.Name, shop.Description };
        (shop.Name, shop.Description) = (request.Name, request.Description);
        db.Audit(caller, "shop.change", "shop", id, companyId, before, new { shop.Name, shop.Description });
        var isChanged = db.Entry(shop).State == EntityState.Modified;
        if (isChanged)
            db.Publish(() => shop.Changed());
        ETag.Set(http, shop);
        return ShopResponse.Of(shop, isChanged ? shop.Version + 1 : shop.Version);
    }

    private static async Task<NoContent> Close(Guid companyId, Guid id, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        await Companies.Find(companyId, Permissions.CompanyManage, caller, db, ct);
        var shop = await Find(companyId, id, db, ct);
        ETag.Check(http, shop.Version);
        if (shop.Status == Shop.Closed)
            return TypedResults.NoContent();
        shop.Close();
        db.Audit(caller, "shop.close", "shop", id, companyId, new { Status = Shop.Active }, new { shop.Status });
        db.Publish(() => shop.Changed());
        return TypedResults.NoContent();
    }

    private static async Task CheckVisible(Guid companyId, Caller caller, IdentityDb db, CancellationToken ct)
    {
        if (!await db.Companies.VisibleTo(caller).AnyAsync(c => c.Id == companyId, ct))
            throw RuleException.NotFound();
    }

    private static async Task<Shop> Find(Guid companyId, Guid id, IdentityDb db, CancellationToken ct) =>
        await db.Shops.SingleOrDefaultAsync(s => s.Id == id && s.CompanyId == companyId, ct) ?? throw RuleException.NotFound();
}

/// <summary>A shop.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Description">What it is about.</param>
public sealed record ShopRequest(
    [Required, StringLength(200), RegularExpression(Patterns.OneLine)] string Name, [StringLength(2000)] string? Description = null);
