using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Catalog.Reads;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>Shows an offer: everybody sees one that can be bought, its seller and the staff every one.</summary>
internal static class GetOffer
{
    public static void Map(IEndpointRouteBuilder offers) =>
        offers.MapGet("/{id:guid}", Handle)
            .WithSummary("Show an offer")
            .AllowGuests()
            .WithExample(response: OfferAnswer.Example);

    private static async Task<Ok<OfferAnswer>> Handle(Guid id, HttpContext http, Caller caller, CatalogDb db, CancellationToken ct)
    {
        var row = (await db.Query(ProductReads.OfferSql, ProductReads.Offer, ct, id)).SingleOrDefault();
        if (row is null || !(row.Answer.Buyable || caller.Can(Permissions.ProductsManage) || caller.Companies.ContainsKey(row.Answer.CompanyId)))
            throw RuleException.NotFound();
        // Stock is not in the version: the tag is of what is shown, and a change asks for the version in front of it.
        ETag.Set(http,
            $"{row.Version}-{row.Answer.Stock}-{(row.Answer.Buyable ? 1 : 0)}-{row.Answer.PriorPrice?.Amount ?? 0}");
        return TypedResults.Ok(row.Answer);
    }
}
