using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Souk.Catalog.Reads;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Shows the product or the category that an address names. One it had before answers 301 with the address it has now. Who sees
/// a product is as with its id.
/// </summary>
internal static class FindBySlug
{
    public static void MapProducts(IEndpointRouteBuilder products) =>
        products.MapGet("/by-slug/{slug}", Product)
            .WithSummary("Show a product by its slug")
            .AllowGuests()
            .Produces<ProductAnswer>()
            .Produces(StatusCodes.Status301MovedPermanently)
            .Produces(StatusCodes.Status304NotModified)
            .WithExample(response: ProductAnswer.Example);

    public static void MapCategories(IEndpointRouteBuilder categories) =>
        categories.MapGet("/by-slug/{slug}", Category)
            .WithSummary("Show a category by its slug")
            .AllowGuests()
            .Produces(StatusCodes.Status301MovedPermanently)
            .WithExample(response: CategoryAnswer.Example);

    private static async Task Product(string slug, HttpContext http)
    {
        var db = http.RequestServices.GetRequiredService<CatalogDb>();
        var (id, present) = await Find(db, "products", slug, http.RequestAborted);
        var cache = http.RequestServices.GetRequiredService<ProductCache>();
        if (present == slug)
        {
            await GetProduct.Answer(id, http, cache);
            return;
        }
        // Where a draft is now is nobody's business but its keeper's.
        if (await cache.FindOrRead(id, http.RequestAborted) is null)
            throw RuleException.NotFound();
        Move(http, $"/products/by-slug/{present}");
    }

    private static async Task<Results<Ok<CategoryAnswer>, EmptyHttpResult>> Category(
        string slug, HttpContext http, CatalogDb db, CancellationToken ct)
    {
        var (id, present) = await Find(db, "categories", slug, ct);
        if (present != slug)
        {
            Move(http, $"/categories/by-slug/{present}");
            return TypedResults.Empty;
        }
        var category = await db.Categories.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct)
            ?? throw RuleException.NotFound();
        ETag.Set(http, category.Version);
        return TypedResults.Ok(CategoryAnswer.Of(category));
    }

    private static async Task<(Guid Id, string Present)> Find(CatalogDb db, string kind, string slug,
        CancellationToken ct)
    {
        // What cannot be a slug is not looked for: an address may hold anything.
        if (slug.Length > Domain.Slug.LengthMax
            || !slug.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            throw RuleException.NotFound();
        var found = await db.Query($"""
            select id, slug from {kind} where slug = $1
            union all
            select t.id, t.slug from old_slugs o join {kind} t on t.id = o.id where o.kind = '{kind}' and o.slug = $1
             limit 1
            """, reader => (reader.GetGuid(0), reader.GetString(1)), ct, slug);
        return found is [var one] ? one : throw RuleException.NotFound();
    }

    private static void Move(HttpContext http, string location)
    {
        http.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        http.Response.Headers.Location = location;
    }
}
