using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>Ends an offer for good. Its seller may. It is kept, because orders name it; its SKU is free again.</summary>
internal static class EndOffer
{
    public static void Map(IEndpointRouteBuilder offers) =>
        offers.MapDelete("/{id:guid}", Handle)
            .WithSummary("End an offer")
            .RequirePermission(Permissions.ProductsManage)
            .Problems("offer_ended", "412 stale");

    private static async Task<NoContent> Handle(
        Guid id, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct)
    {
        var offer = await db.OfferOf(caller, id, ct);
        VersionTag.Check(http, offer.Version);
        offer.End(clock.GetUtcNow());
        db.Audit(caller, "offer.end", "offer", offer.Id, offer.CompanyId, before: new { offer.Sku, offer.PriceMinor });
        return TypedResults.NoContent();
    }
}
