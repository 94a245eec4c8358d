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
/// The specifications products may state, each with a type. Everybody sees them; staff makes and changes them. The code and the
/// type stay, because products have values of it; one that is used is not removed.
/// </summary>
internal static class Attributes
{
    public static void Map(IEndpointRouteBuilder attributes)
    {
        attributes.MapGet("", List).WithSummary("List attributes").AllowGuests()
            .WithExample(response: new Page<AttributeAnswer>([AttributeAnswer.Example], null));
        attributes.MapGet("/{id:guid}", Show).WithSummary("Show an attribute").AllowGuests().WithExample(response: AttributeAnswer.Example);
        attributes.MapPost("", Create).WithSummary("Create an attribute").RequirePermission(Permissions.CatalogManage).Idempotent()
            .Problems("422 wrong_choices", "422 code_taken").WithExample(Example, AttributeAnswer.Example);
        attributes.MapPut("/{id:guid}", Change).WithSummary("Change an attribute").RequirePermission(Permissions.CatalogManage)
            .Problems("attribute_fixed", "412 stale", "422 wrong_choices").WithExample(Example, AttributeAnswer.Example);
        attributes.MapDelete("/{id:guid}", Remove).WithSummary("Remove an attribute").RequirePermission(Permissions.CatalogManage)
            .Problems("attribute_used", "412 stale");
    }

    private static readonly AttributeRequest Example = new("power", "Power", "number", Unit: "W");

    private static async Task<Page<AttributeAnswer>> List(PageRequest page, CatalogDb db, CancellationToken ct)
    {
        page.Sort("code");
        var after = page.After?.Get<string>(0) ?? "";
        var rows = await db.Attributes.AsNoTracking().Where(a => string.Compare(a.Code, after) > 0).OrderBy(a => a.Code).Take(page.Take).ToListAsync(ct);
        return page.Result(rows, a => [a.Code], AttributeAnswer.Of);
    }

    private static async Task<Ok<AttributeAnswer>> Show(Guid id, HttpContext http, CatalogDb db, CancellationToken ct)
    {
        var attribute = await db.Attributes.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, attribute.Version);
        return TypedResults.Ok(AttributeAnswer.Of(attribute));
    }

    private static async Task<Created<AttributeAnswer>> Create(
        AttributeRequest request, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        Staff(caller);
        var attribute = new ProductAttribute();
        attribute.Become(request.Code, request.Name, request.Type, request.Choices ?? [], request.Unit);
        if (await db.Attributes.AsNoTracking().AnyAsync(a => a.Code == attribute.Code, ct))
            throw RuleException.Invalid("/code", "code_taken", "There is an attribute with this code.");
        db.Attributes.Add(attribute);
        db.Audit(caller, "attribute.create", "attribute", attribute.Id, after: request);
        ETag.Set(http, attribute);
        return TypedResults.Created($"/attributes/{attribute.Id}", AttributeAnswer.Of(attribute));
    }

    private static async Task<Ok<AttributeAnswer>> Change(
        Guid id, AttributeRequest request, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        Staff(caller);
        var attribute = await db.Attributes.SingleOrDefaultAsync(a => a.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, attribute.Version);
        if (attribute.Code != request.Code || attribute.Type != request.Type)
            throw new RuleException("attribute_fixed", "The code and the type of an attribute stay. Make a new one instead.");
        var before = AttributeAnswer.Of(attribute);
        attribute.Become(request.Code, request.Name, request.Type, request.Choices ?? [], request.Unit);
        db.Audit(caller, "attribute.change", "attribute", id, before: before, after: request);
        ETag.Set(http, attribute);
        return TypedResults.Ok(AttributeAnswer.Of(attribute));
    }

    private static async Task<NoContent> Remove(Guid id, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        Staff(caller);
        var attribute = await db.Attributes.SingleOrDefaultAsync(a => a.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, attribute.Version);
        // Sequential on purpose: staff removes an attribute once in a while, and an index of all values would cost every product.
        var used = await db.Query("""
            select 1 where exists (select 1 from products where attributes ? $1)
                        or exists (select 1 from variants where options ? $1)
            """, reader => reader.GetInt32(0), ct, attribute.Code);
        if (used.Count > 0)
            throw new RuleException("attribute_used", "Products state this attribute. Take it from them first.");
        db.Attributes.Remove(attribute);
        db.Audit(caller, "attribute.remove", "attribute", id, before: AttributeAnswer.Of(attribute));
        return TypedResults.NoContent();
    }

    private static void Staff(Caller caller)
    {
        if (!caller.Can(Permissions.CatalogManage))
            throw RuleException.NotFound();
    }
}

/// <summary>An attribute.</summary>
/// <param name="Code">What products state it by.</param>
/// <param name="Name">What people read.</param>
/// <param name="Type"><c>text</c>, <c>number</c>, <c>boolean</c> or <c>choice</c>.</param>
/// <param name="Choices">The values of a choice; left out otherwise.</param>
/// <param name="Unit">The unit of a number.</param>
public sealed record AttributeRequest(
    [Required, StringLength(40, MinimumLength = 1), RegularExpression("^[a-z][a-z0-9_]*$")] string Code,
    [Required, StringLength(100, MinimumLength = 1)] string Name,
    [Required, AllowedValues("text", "number", "boolean", "choice")] string Type,
    [MaxLength(200)] string[]? Choices = null,
    [StringLength(20)] string? Unit = null);

/// <summary>An attribute as it is answered.</summary>
/// <param name="Id">The attribute.</param>
/// <param name="Code">What products state it by.</param>
/// <param name="Name">What people read.</param>
/// <param name="Type"><c>text</c>, <c>number</c>, <c>boolean</c> or <c>choice</c>.</param>
/// <param name="Choices">The values of a choice.</param>
/// <param name="Unit">The unit of a number.</param>
public sealed record AttributeAnswer(Guid Id, string Code, string Name, string Type, string[] Choices, string? Unit)
{
    internal static readonly AttributeAnswer Example =
        new(new Guid("0198c5a0-0000-7000-8000-000000000008"), "power", "Power", "number", [], "W");

    internal static AttributeAnswer Of(ProductAttribute attribute) =>
        new(attribute.Id, attribute.Code, attribute.Name, attribute.Type, attribute.Choices, attribute.Unit);
}
