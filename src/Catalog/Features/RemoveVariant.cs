using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>Takes a variant away that was never offered. The company that keeps the product may.</summary>
internal static class RemoveVariant
{
    public static void Map(IEndpointRouteBuilder products) =>
        products.MapDelete("/{id:guid}/variants/{variant_id:guid}", Handle)
            .WithSummary("Remove a variant")
            .RequirePermission(Permissions.ProductsManage)
            .Problems("variant_offered", "last_variant", "412 stale");

    private static async Task<NoContent> Handle(
        Guid id, [FromRoute(Name = "variant_id")] Guid variantId, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct)
    {
        var product = await db.ProductOf(caller, id, ct);
        VersionTag.Check(http, product.Version);
        var variant = product.Variants.Find(v => v.Id == variantId) ?? throw RuleException.NotFound();
        // The product is locked, and who makes an offer of it locks it too: none can come in between.
        var offered = await db.Query("select 1 from offers where variant_id = $1 limit 1", reader => reader.GetInt32(0), ct, variantId);
        if (offered.Count > 0)
            throw new RuleException("variant_offered", "There are, or were, offers of this variant, and orders may name it. End the offers instead.");

        db.Run("update images set variant_id = null where variant_id = $1", variantId);
        product.RemoveVariant(variant, clock.GetUtcNow());
        db.Audit(caller, "variant.remove", "product", product.Id, product.CompanyId, before: new { variant.Id, variant.Title });
        return TypedResults.NoContent();
    }
}
