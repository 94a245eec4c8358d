using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Catalog.Domain;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Replaces price, delivery fee, tax category and the switch of an offer. Its seller may. Carts show the new price at once; who
/// checks out with the old one is told.
/// </summary>
internal static class ChangeOffer
{
    public static void Map(IEndpointRouteBuilder offers) =>
        offers.MapPut("/{id:guid}", Handle)
            .WithSummary("Change an offer")
            .RequirePermission(Permissions.ProductsManage)
            .Problems("offer_ended", "412 stale", "422 currency_mismatch", "422 out_of_range")
            .WithExample(new ChangeOfferRequest(new Money(4590, "EUR")), OfferAnswer.Example);

    private static async Task<Ok<OfferAnswer>> Handle(
        Guid id, ChangeOfferRequest request, HttpContext http, Caller caller, CatalogDb db, IOptions<CatalogOptions> options, TimeProvider clock,
        CancellationToken ct)
    {
        var offer = await db.OfferOf(caller, id, ct);
        VersionTag.Check(http, offer.Version);
        var before = Terms(offer);
        var terms = OfferTerms.Of(options.Value.Currency, request.Price, request.DeliveryFee, request.TaxCategory ?? offer.TaxCategory);
        offer.Change(terms, request.Active ?? offer.Active, clock.GetUtcNow());

        db.Audit(caller, "offer.change", "offer", offer.Id, offer.CompanyId, before, Terms(offer));
        var row = await db.ViewOffer(offer.Id, ct);
        ETag.Set(http, row.Version);
        return TypedResults.Ok(row.Answer);
    }

    private static object Terms(Offer offer) => new { offer.PriceMinor, offer.DeliveryFeeMinor, offer.TaxCategory, offer.Active };
}

/// <summary>What a seller may set of an offer.</summary>
/// <param name="Price">Price of one piece, in the currency of the marketplace.</param>
/// <param name="DeliveryFee">Delivery per piece; null for the rate of the delivery method.</param>
/// <param name="TaxCategory">Its tax category; stays when left out.</param>
/// <param name="Active">Whether it can be bought; stays when left out.</param>
public sealed record ChangeOfferRequest(
    Money Price,
    Money? DeliveryFee = null,
    [StringLength(40, MinimumLength = 1), RegularExpression("^[a-z0-9_]+$")] string? TaxCategory = null,
    bool? Active = null);
