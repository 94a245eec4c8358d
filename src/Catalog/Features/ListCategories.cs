using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Catalog.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>Lists the categories, or those below one, and shows one. Everybody may.</summary>
internal static class ListCategories
{
    public static void Map(IEndpointRouteBuilder categories)
    {
        categories.MapGet("", List)
            .WithSummary("List categories")
            .WithDescription("With parent_id those directly below it; without it all of them, parents before children.")
            .AllowGuests()
            .WithExample(response: new Page<CategoryAnswer>([CategoryAnswer.Example], null));
        categories.MapGet("/{id:guid}", Show)
            .WithSummary("Show a category")
            .AllowGuests()
            .WithExample(response: CategoryAnswer.Example);
    }

    private static async Task<Page<CategoryAnswer>> List([FromQuery(Name = "parent_id")] Guid? parentId, PageRequest page, CatalogDb db, CancellationToken ct)
    {
        page.Sort("position");
        var (depth, position, id) = page.After is { } after
            ? (after.Get<int>(0), after.Get<int>(1), after.Get<Guid>(2))
            : (-1, int.MinValue, Guid.Empty);
        var rows = await db.Categories.AsNoTracking()
            .Where(c => (parentId == null || c.ParentId == parentId)
                && (c.Path.Length > depth || (c.Path.Length == depth && (c.Position > position || (c.Position == position && c.Id > id)))))
            .OrderBy(c => c.Path.Length).ThenBy(c => c.Position).ThenBy(c => c.Id).Take(page.Take).ToListAsync(ct);
        return page.Result(rows, c => [c.Path.Length, c.Position, c.Id], CategoryAnswer.Of);
    }

    private static async Task<Ok<CategoryAnswer>> Show(Guid id, HttpContext http, CatalogDb db, CancellationToken ct)
    {
        var category = await db.Categories.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, category.Version);
        return TypedResults.Ok(CategoryAnswer.Of(category));
    }
}

/// <summary>A category as it is answered.</summary>
/// <param name="Id">The category.</param>
/// <param name="ParentId">What it stands below; null at the top.</param>
/// <param name="Name">Its name.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Path">Its ancestors from the top, then itself.</param>
/// <param name="Position">Its place among its siblings.</param>
public sealed record CategoryAnswer(Guid Id, Guid? ParentId, string Name, string Slug, Guid[] Path, int Position)
{
    internal static readonly CategoryAnswer Example = new(
        new Guid("0198c5a0-0000-7000-8000-000000000006"), null, "Lamps", "lamps", [new Guid("0198c5a0-0000-7000-8000-000000000006")], 0);

    internal static CategoryAnswer Of(Category category) =>
        new(category.Id, category.ParentId, category.Name, category.Slug, category.Path, category.Position);
}
