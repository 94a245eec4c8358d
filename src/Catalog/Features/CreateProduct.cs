using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Catalog.Domain;
using Souk.Catalog.Reads;
using Souk.Contracts;
using Souk.Contracts.Catalog;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Makes a product with its variants, offers and first stock. Members of a company who manage its products may, for that
/// company. With an offer it is published at once unless <c>status</c> says <c>draft</c>; the stock goes to the company's
/// default warehouse.
/// </summary>
internal static class CreateProduct
{
    public static void Map(IEndpointRouteBuilder products) =>
        products.MapPost("", Handle)
            .WithSummary("Create a product")
            .WithDescription("price, sku and stock stand for the usual product with one variant and one offer; else give variants, each with its own.")
            .RequirePermission(Permissions.ProductsManage)
            .Idempotent()
            .Problems("offer_needed", "422 company_required", "422 unknown_company",
                "422 shop_required", "422 unknown_shop", "422 currency_mismatch", "422 sku_taken", "422 slug_taken",
                "422 unknown_category", "422 unknown_attribute", "422 wrong_options", "422 wrong_tag", "422 ambiguous",
                "422 out_of_range")
            .WithExample(
                new CreateProductRequest("Oak lamp", "A lamp of oak.", Price: new Money(4990, "EUR"), Sku: "LAMP-1", Stock: 12),
                ProductAnswer.Example);

    internal static async Task<Created<ProductAnswer>> Handle(
        CreateProductRequest request, HttpContext http, Caller caller, CatalogDb db, IOptions<CatalogOptions> options, TimeProvider clock,
        CancellationToken ct)
    {
        var shop = await db.ShopFor(caller, request.CompanyId, request.ShopId, ct);
        var product = await Make(request, shop, caller, db, options.Value.Currency, clock.GetUtcNow(), ct);
        var row = await db.View(product.Id, ct);
        ETag.Set(http, row.Version);
        return TypedResults.Created($"/products/{product.Id}", row.Answer);
    }

    /// <summary>Makes the product of a request for a shop of the caller's.</summary>
    internal static async Task<Product> Make(
        CreateProductRequest request, SellingShop shop, Caller caller, CatalogDb db, string currency,
        DateTimeOffset now, CancellationToken ct)
    {
        var product = Product.Draft(shop.CompanyId, request.Name, request.Slug, request.Description ?? "", request.Options ?? [], now);
        await db.CheckSlug(product, ct);
        await db.Classify(product, request.CategoryIds, request.Tags, request.Attributes, now, ct);

        var offers = new List<(Offer Offer, long Stock)>();
        var wanted = Variants(request);
        await db.CheckAxes(product.Options, wanted.Select(w => (w.Variant.Options, w.Pointer)), ct);
        await db.CheckSkus(shop.CompanyId,
            [.. wanted.Where(w => w.Variant is { Price: not null, Sku: not null }).Select(w => (w.Variant.Sku!.Trim(), w.Pointer + "/sku"))], ct);
        foreach (var (want, pointer) in wanted)
        {
            var variant = product.AddVariant(want.Options ?? new Dictionary<string, string>(), want.Title, want.WeightGrams, now, pointer);
            if (want.Price is { } price)
                offers.Add((
                    Offer.Of(product.Id, variant.Id, shop.CompanyId, shop.ShopId, want.Sku,
                        OfferTerms.Of(currency, price, want.DeliveryFee, want.TaxCategory, pointer), active: true, now),
                    want.Stock ?? 0));
            else if (want.Sku is not null || want.Stock is not null)
                throw RuleException.Invalid(pointer + "/price", "price_needed", "What has a SKU or stock is sold: give its price.");
        }
        if (request.Status is "published" || (request.Status is null && offers.Count > 0))
            product.Publish(offers.Count, now);

        db.Products.Add(product);
        db.Offers.AddRange(offers.Select(o => o.Offer));
        db.FirstStock(offers, caller);
        db.Audit(caller, "product.create", "product", product.Id, shop.CompanyId, after: request);
        return product;
    }

    /// <summary>Hands the first stock of new offers to Inventory, and shows it already.</summary>
    internal static void FirstStock(this CatalogDb db, IReadOnlyList<(Offer Offer, long Stock)> offers, Caller caller)
    {
        var stocked = offers.Where(o => o.Stock > 0).ToArray();
        if (stocked.Length == 0)
            return;
        // Version 0: whatever Inventory says is newer.
        db.Run("insert into availability (offer_id, available, version) select offer_id, available, 0 from unnest($1::uuid[], $2::bigint[]) as n(offer_id, available)",
            stocked.Select(o => o.Offer.Id).ToArray(), stocked.Select(o => o.Stock).ToArray());
        foreach (var (offer, stock) in stocked)
            db.Publish(new OfferStocked(offer.Id, offer.CompanyId, offer.Sku, stock, caller.AccountId!.Value));
    }

    private static List<(CreateProductVariant Variant, string Pointer)> Variants(CreateProductRequest request)
    {
        if (request.Variants is not { Length: > 0 } variants)
            return [(new CreateProductVariant(null, null, request.WeightGrams, request.Sku, request.Price, request.Stock, request.DeliveryFee, request.TaxCategory), "")];
        if (request.Price is not null || request.Sku is not null || request.Stock is not null)
            throw RuleException.Invalid("/price", "ambiguous", "Give price, sku and stock in the variants, or leave the variants out.");
        return [.. variants.Select((variant, i) => (variant, $"/variants/{i}"))];
    }
}

/// <summary>A new product.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is; plain text or Markdown.</param>
/// <param name="CompanyId">The company that keeps it; left out when the caller has one.</param>
/// <param name="ShopId">The shop that sells it; left out when the company has one.</param>
/// <param name="Slug">Its name in addresses; made from the name when left out.</param>
/// <param name="Status"><c>draft</c> or <c>published</c>; published when left out and there is an offer.</param>
/// <param name="CategoryIds">Where it stands.</param>
/// <param name="Tags">Words it is found by; new ones are made.</param>
/// <param name="Attributes">Specifications by the attribute's code.</param>
/// <param name="Options">What its variants differ in, for example <c>color</c>.</param>
/// <param name="Variants">Its variants, each with its offer; left out for one variant.</param>
/// <param name="Price">With one variant: its price.</param>
/// <param name="Sku">With one variant: the seller's number; made when left out.</param>
/// <param name="Stock">With one variant: pieces in the company's default warehouse.</param>
/// <param name="DeliveryFee">With one variant: delivery per piece in place of the delivery method's.</param>
/// <param name="TaxCategory">With one variant: its tax category; <c>standard</c> when left out.</param>
/// <param name="WeightGrams">With one variant: its weight.</param>
public sealed record CreateProductRequest(
    [Required, StringLength(200, MinimumLength = 1), RegularExpression(@"(?s).*\S.*")] string Name,
    [StringLength(20_000)] string? Description = null,
    Guid? CompanyId = null,
    Guid? ShopId = null,
    [StringLength(Domain.Slug.LengthMax, MinimumLength = 1), RegularExpression(Domain.Slug.Pattern)] string? Slug = null,
    [AllowedValues("draft", "published", null)] string? Status = null,
    Guid[]? CategoryIds = null,
    string[]? Tags = null,
    IReadOnlyDictionary<string, JsonElement>? Attributes = null,
    string[]? Options = null,
    [MaxLength(Product.VariantsMax)] CreateProductVariant[]? Variants = null,
    Money? Price = null,
    [StringLength(64, MinimumLength = 1), RegularExpression(@".*\S.*")] string? Sku = null,
    [Range(0, 1_000_000_000)] long? Stock = null,
    Money? DeliveryFee = null,
    [StringLength(40, MinimumLength = 1), RegularExpression("^[a-z0-9_]+$")] string? TaxCategory = null,
    [Range(0, 100_000_000)] int? WeightGrams = null);

/// <summary>A variant of a new product, with its offer.</summary>
/// <param name="Title">What tells it from the others; made from the options when left out.</param>
/// <param name="Options">Its value of each of the product's options.</param>
/// <param name="WeightGrams">Weight of one piece.</param>
/// <param name="Sku">The seller's number; made when left out.</param>
/// <param name="Price">Price of one piece; without it the variant is not offered yet.</param>
/// <param name="Stock">Pieces in the company's default warehouse.</param>
/// <param name="DeliveryFee">Delivery per piece in place of the delivery method's.</param>
/// <param name="TaxCategory">Its tax category; <c>standard</c> when left out.</param>
public sealed record CreateProductVariant(
    [StringLength(200)] string? Title = null,
    IReadOnlyDictionary<string, string>? Options = null,
    [Range(0, 100_000_000)] int? WeightGrams = null,
    [StringLength(64, MinimumLength = 1), RegularExpression(@".*\S.*")] string? Sku = null,
    Money? Price = null,
    [Range(0, 1_000_000_000)] long? Stock = null,
    Money? DeliveryFee = null,
    [StringLength(40, MinimumLength = 1), RegularExpression("^[a-z0-9_]+$")] string? TaxCategory = null);
