using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Catalog.Domain;
using Souk.Catalog.Reads;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>Adds a variant to a product, or changes one. The company that keeps the product may; who sells it makes an offer of it.</summary>
internal static class AddVariant
{
    public static void Map(IEndpointRouteBuilder products)
    {
        Describe(products.MapPost("/{id:guid}/variants", Add), "Add a variant").Idempotent()
            .Problems("too_many_variants", "422 wrong_options", "422 variant_exists");
        Describe(products.MapPut("/{id:guid}/variants/{variant_id:guid}", Change), "Change a variant")
            .Problems("412 stale", "422 wrong_options", "422 variant_exists");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string summary) => route
        .WithSummary(summary)
        .RequirePermission(Permissions.ProductsManage)
        .WithExample(new AddVariantRequest(new Dictionary<string, string> { ["color"] = "red" }, WeightGrams: 1200), Example);

    private static readonly VariantAnswer Example =
        new(new Guid("0198c5a0-0000-7000-8000-000000000003"), "red", new Dictionary<string, string> { ["color"] = "red" }, 1200);

    private static async Task<Created<VariantAnswer>> Add(
        Guid id, AddVariantRequest request, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct)
    {
        var product = await db.ProductOf(caller, id, ct);
        await db.CheckAxes(product.Options, [(request.Options, "")], ct);
        var variant = product.AddVariant(request.Options ?? None, request.Title, request.WeightGrams, clock.GetUtcNow());
        db.Audit(caller, "variant.create", "product", product.Id, product.CompanyId, after: request);
        ETag.Set(http, product);
        return TypedResults.Created($"/products/{id}/variants/{variant.Id}", Answer(variant, request));
    }

    private static async Task<Ok<VariantAnswer>> Change(
        Guid id, [FromRoute(Name = "variant_id")] Guid variantId, AddVariantRequest request, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct)
    {
        var product = await db.ProductOf(caller, id, ct);
        VersionTag.Check(http, product.Version);
        var variant = product.Variants.Find(v => v.Id == variantId) ?? throw RuleException.NotFound();
        var before = new { variant.Title, variant.Options, variant.WeightGrams };
        await db.CheckAxes(product.Options, [(request.Options, "")], ct);
        product.ChangeVariant(variant, request.Options ?? None, request.Title, request.WeightGrams, clock.GetUtcNow());
        db.Audit(caller, "variant.change", "product", product.Id, product.CompanyId, before, request);
        ETag.Set(http, product);
        return TypedResults.Ok(Answer(variant, request));
    }

    private static readonly Dictionary<string, string> None = [];

    private static VariantAnswer Answer(Variant variant, AddVariantRequest request) =>
        new(variant.Id, variant.Title, request.Options ?? None, variant.WeightGrams);
}

/// <summary>A variant.</summary>
/// <param name="Options">Its value of each of the product's options; left out when it has none.</param>
/// <param name="Title">What tells it from the others; made from the options when left out.</param>
/// <param name="WeightGrams">Weight of one piece.</param>
public sealed record AddVariantRequest(
    IReadOnlyDictionary<string, string>? Options = null,
    [StringLength(200)] string? Title = null,
    [Range(0, 100_000_000)] int? WeightGrams = null);
