using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Catalog.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Makes, changes, moves and removes categories. Staff may. When one moves, the products in it and below it are listed, and
/// their offers announced, under their new ancestors; one that is used is not removed.
/// </summary>
internal static class ChangeCategory
{
    public static void Map(IEndpointRouteBuilder categories)
    {
        Describe(categories.MapPost("", Create), "Create a category").Idempotent()
            .Problems("422 unknown_category", "422 category_depth", "422 slug_taken");
        Describe(categories.MapPut("/{id:guid}", Change), "Change or move a category")
            .Problems("412 stale", "422 unknown_category", "422 category_cycle", "422 category_depth", "422 slug_taken");
        categories.MapDelete("/{id:guid}", Remove).WithSummary("Remove a category").RequirePermission(Permissions.CatalogManage)
            .Problems("category_used", "412 stale");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string summary) => route
        .WithSummary(summary)
        .RequirePermission(Permissions.CatalogManage)
        .WithExample(new ChangeCategoryRequest("Lamps", Slug: "lamps"), CategoryAnswer.Example);

    private static async Task<Created<CategoryAnswer>> Create(
        ChangeCategoryRequest request, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        Staff(caller);
        // Not while another moves: it would not take along what it did not see.
        db.Lock("select id from categories where parent_id is null order by id for share");
        var category = new Category();
        category.PutBelow(await Parent(request.ParentId, db, ct));
        category.Call(request.Name, request.Slug, request.Position);
        await CheckSlug(category, db, ct);
        db.Categories.Add(category);
        db.Audit(caller, "category.create", "category", category.Id, after: request);
        ETag.Set(http, category);
        return TypedResults.Created($"/categories/{category.Id}", CategoryAnswer.Of(category));
    }

    private static async Task<Ok<CategoryAnswer>> Change(
        Guid id, ChangeCategoryRequest request, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        Staff(caller);
        // One mover at a time: two moves at once could make a circle that neither sees.
        db.Lock("select id from categories where parent_id is null order by id for update");
        var category = await db.Categories.SingleOrDefaultAsync(c => c.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, category.Version);
        var before = CategoryAnswer.Of(category);
        category.Call(request.Name, request.Slug, request.Position);
        await CheckSlug(category, db, ct);
        if (category.ParentId != request.ParentId)
        {
            var below = await db.Categories.Where(c => c.Path.Contains(id) && c.Id != id).ToListAsync(ct);
            category.PutBelow(await Parent(request.ParentId, db, ct));
            foreach (var follower in below)
                follower.Follow(category);
            await db.AnnounceOffersBelow(category, ct);
        }
        else if (before.Name != request.Name || before.Slug != category.Slug)
            db.Forget([]);
        db.Audit(caller, "category.change", "category", id, before: before, after: request);
        ETag.Set(http, category);
        return TypedResults.Ok(CategoryAnswer.Of(category));
    }

    private static async Task<NoContent> Remove(Guid id, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        Staff(caller);
        // Who puts a product into it holds a share lock of its row.
        db.Lock("select 1 from categories where id = $1 for update", id);
        var category = await db.Categories.SingleOrDefaultAsync(c => c.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, category.Version);
        var used = await db.Query("""
            select 1 where exists (select 1 from categories where parent_id = $1) or exists (select 1 from products where category_ids @> array[$1])
            """, reader => reader.GetInt32(0), ct, id);
        if (used.Count > 0)
            throw new RuleException("category_used", "There are products or categories in it. Move them first.");
        db.Categories.Remove(category);
        db.Audit(caller, "category.remove", "category", id, before: CategoryAnswer.Of(category));
        return TypedResults.NoContent();
    }

    private static void Staff(Caller caller)
    {
        if (!caller.Can(Permissions.CatalogManage))
            throw RuleException.NotFound();
    }

    private static async Task<Category?> Parent(Guid? id, CatalogDb db, CancellationToken ct)
    {
        if (id is not { } parentId)
            return null;
        db.Lock("select 1 from categories where id = $1 for share", parentId);
        return await db.Categories.SingleOrDefaultAsync(c => c.Id == parentId, ct)
            ?? throw RuleException.Invalid("/parent_id", "unknown_category", "There is no such category.");
    }

    private static async Task CheckSlug(Category category, CatalogDb db, CancellationToken ct)
    {
        var taken = await db.Query("""
            select 1 from categories where slug = $1 and id <> $2
            union all select 1 from old_slugs where kind = 'categories' and slug = $1 and id <> $2
            """, reader => reader.GetInt32(0), ct, category.Slug, category.Id);
        if (taken.Count > 0)
            throw RuleException.Invalid("/slug", "slug_taken",
                "Another category has, or had, this slug. Choose another.");
    }
}

/// <summary>A category.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ParentId">What it stands below; the top when left out.</param>
/// <param name="Slug">Its name in addresses; made from the name when left out, then it stays.</param>
/// <param name="Position">Its place among its siblings, low first.</param>
public sealed record ChangeCategoryRequest(
    [Required, StringLength(100, MinimumLength = 1), RegularExpression(@"(?s).*\S.*")] string Name,
    Guid? ParentId = null,
    [StringLength(Domain.Slug.LengthMax, MinimumLength = 1), RegularExpression(Domain.Slug.Pattern)] string? Slug = null,
    [Range(0, 1_000_000)] int Position = 0);
