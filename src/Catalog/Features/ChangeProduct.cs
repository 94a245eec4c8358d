using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Catalog.Domain;
using Souk.Catalog.Reads;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>Replaces a product's text, categories, tags and specifications. The company that keeps it may, not others who offer it.</summary>
internal static class ChangeProduct
{
    public static void Map(IEndpointRouteBuilder products) =>
        products.MapPut("/{id:guid}", Handle)
            .WithSummary("Change a product")
            .RequirePermission(Permissions.ProductsManage)
            .Problems("412 stale", "422 slug_taken", "422 unknown_category", "422 unknown_attribute",
                "422 wrong_attribute", "422 wrong_tag")
            .WithExample(new ChangeProductRequest("Oak lamp", "A lamp of old oak."), ProductAnswer.Example);

    private static async Task<Ok<ProductAnswer>> Handle(
        Guid id, ChangeProductRequest request, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct)
    {
        var product = await db.ProductOf(caller, id, ct);
        VersionTag.Check(http, product.Version);
        await Apply(product, request, caller, db, clock.GetUtcNow(), ct);
        var row = await db.View(product.Id, ct);
        ETag.Set(http, row.Version);
        return TypedResults.Ok(row.Answer);
    }

    /// <summary>Replaces what the request says of a locked product.</summary>
    internal static async Task Apply(
        Product product, ChangeProductRequest request, Caller caller, CatalogDb db, DateTimeOffset now,
        CancellationToken ct)
    {
        var before = Text(product);
        product.Describe(request.Name, request.Slug, request.Description ?? "", now);
        await db.CheckSlug(product, ct);
        await db.Classify(product, request.CategoryIds, request.Tags, request.Attributes, now, ct);
        db.Audit(caller, "product.change", "product", product.Id, product.CompanyId, before, Text(product));
    }

    private static object Text(Product product) =>
        new { product.Name, product.Slug, product.Description, product.CategoryIds, product.TagIds, product.Attributes };
}

/// <summary>What the keeper of a product may set.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is; plain text or Markdown.</param>
/// <param name="Slug">Its name in addresses; stays when left out.</param>
/// <param name="CategoryIds">Where it stands; nowhere when left out.</param>
/// <param name="Tags">Words it is found by; none when left out.</param>
/// <param name="Attributes">Specifications by the attribute's code; none when left out.</param>
public sealed record ChangeProductRequest(
    [Required, StringLength(200, MinimumLength = 1), RegularExpression(@"(?s).*\S.*")] string Name,
    [StringLength(20_000)] string? Description = null,
    [StringLength(Domain.Slug.LengthMax, MinimumLength = 1), RegularExpression(Domain.Slug.Pattern)] string? Slug = null,
    Guid[]? CategoryIds = null,
    string[]? Tags = null,
    IReadOnlyDictionary<string, JsonElement>? Attributes = null);
