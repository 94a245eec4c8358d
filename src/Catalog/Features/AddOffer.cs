using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Catalog.Domain;
using Souk.Catalog.Reads;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// A shop begins to sell a variant. Every seller may offer what is published, its own company also what is a draft; a shop
/// offers a variant once.
/// </summary>
internal static class AddOffer
{
    public static void Map(IEndpointRouteBuilder products) =>
        products.MapPost("/{id:guid}/offers", Handle)
            .WithSummary("Offer a product")
            .RequirePermission(Permissions.ProductsManage)
            .Idempotent()
            .Problems("offer_exists", "422 variant_required", "422 unknown_variant", "422 company_required", "422 unknown_company",
                "422 shop_required", "422 unknown_shop", "422 currency_mismatch", "422 out_of_range", "422 sku_taken")
            .WithExample(new AddOfferRequest(new Money(4990, "EUR"), Sku: "LAMP-1", Stock: 12), OfferAnswer.Example);

    private static async Task<Created<OfferAnswer>> Handle(
        Guid id, AddOfferRequest request, HttpContext http, Caller caller, CatalogDb db, IOptions<CatalogOptions> options, TimeProvider clock,
        CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // First, for it may wait for a new company's events: nobody else waits for the product meanwhile.
        var shop = await db.ShopFor(caller, request.CompanyId, request.ShopId, ct);
        // Its title and state go into the offer's event: locked until this is committed.
        var product = (await db.Query("select company_id, status from products where id = $1 for share",
            reader => (CompanyId: reader.GetGuid(0), Status: reader.GetString(1)), ct, id)).Cast<(Guid CompanyId, string Status)?>().SingleOrDefault();
        if (product is not { } found || !(found.Status == "published" || (found.Status == "draft" && caller.Can(Permissions.ProductsManage, found.CompanyId))))
            throw RuleException.NotFound();
        var variants = await db.Query("select id, title from variants where product_id = $1 order by position, id",
            reader => new Choice(reader.GetGuid(0), reader.GetString(1)), ct, id);
        var variantId = Variant(request.VariantId, variants);
        var terms = OfferTerms.Of(options.Value.Currency, request.Price, request.DeliveryFee, request.TaxCategory);
        if (request.Sku is { } sku)
            await db.CheckSkus(shop.CompanyId, [(sku.Trim(), "/sku")], ct);
        var twin = await db.Query("select id from offers where shop_id = $1 and variant_id = $2 and ended_at is null",
            reader => reader.GetGuid(0), ct, shop.ShopId, variantId);
        if (twin.Count > 0)
            throw new RuleException("offer_exists", "The shop offers this variant already. Change that offer.") { More = { ["offer_id"] = twin[0] } };

        var offer = Offer.Of(id, variantId, shop.CompanyId, shop.ShopId, request.Sku, terms, request.Active ?? true, now);
        db.Offers.Add(offer);
        db.FirstStock([(offer, request.Stock ?? 0)], caller);
        db.Audit(caller, "offer.create", "offer", offer.Id, shop.CompanyId, after: request);
        var row = await db.ViewOffer(offer.Id, ct);
        ETag.Set(http, row.Version);
        return TypedResults.Created($"/offers/{offer.Id}", row.Answer);
    }

    private static Guid Variant(Guid? asked, List<Choice> variants)
    {
        if (asked is { } id)
            return variants.Exists(variant => variant.Id == id) ? id
                : throw RuleException.Invalid("/variant_id", "unknown_variant", "The product has no such variant.");
        if (variants is [var only])
            return only.Id;
        var refusal = RuleException.Invalid("/variant_id", "variant_required", "The product has several variants: say which by variant_id.");
        refusal.More["choices"] = variants;
        throw refusal;
    }
}

/// <summary>A new offer.</summary>
/// <param name="Price">Price of one piece, in the currency of the marketplace.</param>
/// <param name="VariantId">The variant; left out when the product has one.</param>
/// <param name="CompanyId">The seller; left out when the caller has one company.</param>
/// <param name="ShopId">The shop; left out when the company has one.</param>
/// <param name="Sku">The seller's number, unique in the company; made when left out.</param>
/// <param name="Stock">Pieces in the company's default warehouse.</param>
/// <param name="DeliveryFee">Delivery per piece in place of the delivery method's.</param>
/// <param name="TaxCategory">Its tax category; <c>standard</c> when left out.</param>
/// <param name="Active">Whether it can be bought; true when left out.</param>
public sealed record AddOfferRequest(
    Money Price,
    Guid? VariantId = null,
    Guid? CompanyId = null,
    Guid? ShopId = null,
    [StringLength(64, MinimumLength = 1), RegularExpression(@".*\S.*")] string? Sku = null,
    [Range(0, 1_000_000_000)] long? Stock = null,
    Money? DeliveryFee = null,
    [StringLength(40, MinimumLength = 1), RegularExpression("^[a-z0-9_]+$")] string? TaxCategory = null,
    bool? Active = null);

/// <summary>An offer as it is answered.</summary>
/// <param name="Id">The offer: what is put into a cart.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="VariantId">Its variant.</param>
/// <param name="CompanyId">Who sells it.</param>
/// <param name="ShopId">In which shop.</param>
/// <param name="ShopName">The shop's name.</param>
/// <param name="Sku">The seller's number.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="Price">Price of one piece.</param>
/// <param name="PriorPrice">The lowest price of the 30 days before this one, for 30 days after a reduction; null when it was none.</param>
/// <param name="DeliveryFee">Delivery per piece; null for the rate of the delivery method.</param>
/// <param name="TaxCategory">Its tax category.</param>
/// <param name="Stock">Pieces that can be bought.</param>
/// <param name="Active">The seller's switch.</param>
/// <param name="Buyable">Whether it can be bought now: switched on, the product published, shop and company active.</param>
public sealed record OfferAnswer(
    Guid Id, Guid ProductId, Guid VariantId, Guid CompanyId, Guid ShopId, string ShopName, string Sku, string Title, Money Price,
    Money? PriorPrice, Money? DeliveryFee, string TaxCategory, long Stock, bool Active, bool Buyable)
{
    internal static readonly OfferAnswer Example = new(
        new Guid("0198c5a0-0000-7000-8000-000000000004"), new Guid("0198c5a0-0000-7000-8000-000000000001"),
        new Guid("0198c5a0-0000-7000-8000-000000000003"), new Guid("0198c5a0-0000-7000-8000-000000000002"),
        new Guid("0198c5a0-0000-7000-8000-000000000005"), "Anna's lamps", "LAMP-1", "Oak lamp", new Money(4990, "EUR"),
        null, null, "standard", 12, true, true);
}
