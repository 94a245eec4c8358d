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
/// The words products are found by. Everybody sees them; sellers make new ones by naming them on a product; staff renames them
/// and removes those that no product has.
/// </summary>
internal static class Tags
{
    public static void Map(IEndpointRouteBuilder tags)
    {
        tags.MapGet("", List).WithSummary("List tags").AllowGuests().WithExample(response: new Page<TagAnswer>([TagAnswer.Example], null));
        tags.MapGet("/{id:guid}", Show).WithSummary("Show a tag").AllowGuests().WithExample(response: TagAnswer.Example);
        tags.MapPost("", Create).WithSummary("Create a tag").RequirePermission(Permissions.CatalogManage).Idempotent()
            .Problems("422 wrong_tag", "422 slug_taken").WithExample(new TagRequest("oak"), TagAnswer.Example);
        tags.MapPut("/{id:guid}", Change).WithSummary("Rename a tag").RequirePermission(Permissions.CatalogManage)
            .Problems("412 stale", "422 wrong_tag", "422 slug_taken").WithExample(new TagRequest("Oak"), TagAnswer.Example);
        tags.MapDelete("/{id:guid}", Remove).WithSummary("Remove a tag").RequirePermission(Permissions.CatalogManage)
            .Problems("tag_used", "412 stale");
    }

    private static async Task<Page<TagAnswer>> List(PageRequest page, CatalogDb db, CancellationToken ct)
    {
        page.Sort("name");
        var after = page.After?.Get<string>(0) ?? "";
        var rows = await db.Tags.AsNoTracking().Where(t => string.Compare(t.Slug, after) > 0).OrderBy(t => t.Slug).Take(page.Take).ToListAsync(ct);
        return page.Result(rows, t => [t.Slug], TagAnswer.Of);
    }

    private static async Task<Ok<TagAnswer>> Show(Guid id, HttpContext http, CatalogDb db, CancellationToken ct)
    {
        var tag = await db.Tags.AsNoTracking().SingleOrDefaultAsync(t => t.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, tag.Version);
        return TypedResults.Ok(TagAnswer.Of(tag));
    }

    private static async Task<Created<TagAnswer>> Create(TagRequest request, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        var tag = new Tag();
        await Name(tag, request, caller, db, ct);
        db.Tags.Add(tag);
        db.Audit(caller, "tag.create", "tag", tag.Id, after: request);
        ETag.Set(http, tag);
        return TypedResults.Created($"/tags/{tag.Id}", TagAnswer.Of(tag));
    }

    private static async Task<Ok<TagAnswer>> Change(Guid id, TagRequest request, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        var tag = await db.Tags.SingleOrDefaultAsync(t => t.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, tag.Version);
        var before = TagAnswer.Of(tag);
        await Name(tag, request, caller, db, ct);
        db.Forget([]);
        db.Audit(caller, "tag.change", "tag", id, before: before, after: request);
        ETag.Set(http, tag);
        return TypedResults.Ok(TagAnswer.Of(tag));
    }

    private static async Task<NoContent> Remove(Guid id, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        if (!caller.Can(Permissions.CatalogManage))
            throw RuleException.NotFound();
        db.Lock("select 1 from tags where id = $1 for update", id);
        var tag = await db.Tags.SingleOrDefaultAsync(t => t.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, tag.Version);
        var used = await db.Query("select 1 from products where tag_ids @> array[$1] limit 1", reader => reader.GetInt32(0), ct, id);
        if (used.Count > 0)
            throw new RuleException("tag_used", "Products have this tag. Take it from them first.");
        db.Tags.Remove(tag);
        db.Audit(caller, "tag.remove", "tag", id, before: TagAnswer.Of(tag));
        return TypedResults.NoContent();
    }

    private static async Task Name(Tag tag, TagRequest request, Caller caller, CatalogDb db, CancellationToken ct)
    {
        if (!caller.Can(Permissions.CatalogManage))
            throw RuleException.NotFound();
        tag.Become(request.Name);
        if (tag.Slug.Length == 0)
            throw RuleException.Invalid("/name", "wrong_tag", "There must be a letter or a digit in it.");
        if (await db.Tags.AsNoTracking().AnyAsync(t => t.Slug == tag.Slug && t.Id != tag.Id, ct))
            throw RuleException.Invalid("/name", "slug_taken", "There is such a tag.");
    }
}

/// <summary>A tag.</summary>
/// <param name="Name">The word; its slug follows from it.</param>
public sealed record TagRequest([Required, StringLength(50, MinimumLength = 1)] string Name);

/// <summary>A tag as it is answered.</summary>
/// <param name="Id">The tag.</param>
/// <param name="Name">The word.</param>
/// <param name="Slug">For <c>?tag=</c>.</param>
public sealed record TagAnswer(Guid Id, string Name, string Slug)
{
    internal static readonly TagAnswer Example = new(new Guid("0198c5a0-0000-7000-8000-000000000007"), "oak", "oak");

    internal static TagAnswer Of(Tag tag) => new(tag.Id, tag.Name, tag.Slug);
}
