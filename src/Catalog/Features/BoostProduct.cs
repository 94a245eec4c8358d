using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>Lifts a product in the lists, or lowers it: the boost is added to the ranking that its sales gave it. Staff may.</summary>
internal static class BoostProduct
{
    public static void Map(IEndpointRouteBuilder products) =>
        products.MapPut("/{id:guid}/boost", Handle)
            .WithSummary("Boost a product's ranking")
            .RequirePermission(Permissions.CatalogManage)
            .Problems("412 stale")
            .WithExample(new BoostProductRequest(2000), ProductAnswer.Example);

    private static async Task<Ok<ProductAnswer>> Handle(
        Guid id, BoostProductRequest request, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct)
    {
        var product = caller.Can(Permissions.CatalogManage)
            ? await db.Products.Include(p => p.Variants).SingleOrDefaultAsync(p => p.Id == id, ct)
            : null;
        if (product is null)
            throw RuleException.NotFound();
        VersionTag.Check(http, product.Version);
        var before = product.Boost;
        product.LiftBy(request.Boost, clock.GetUtcNow());

        db.Audit(caller, "product.boost", "product", product.Id, product.CompanyId, new { Boost = before }, new { product.Boost }, request.Reason);
        var row = await db.View(product.Id, ct);
        ETag.Set(http, row.Version);
        return TypedResults.Ok(row.Answer);
    }
}

/// <summary>How much a product is lifted.</summary>
/// <param name="Boost">Added to the ranking; the first sale of a product counts 693, the thousandth in all 6,908.</param>
/// <param name="Reason">For the audit trail.</param>
public sealed record BoostProductRequest([Range(-100_000, 100_000)] int Boost, [StringLength(200)] string? Reason = null);
