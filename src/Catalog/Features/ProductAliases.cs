using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Souk.Catalog.Domain;
using Souk.Catalog.Reads;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// The other names of the product routes, with bodies in decimals of the marketplace's currency. Who may is who may on the
/// canonical routes.
/// </summary>
internal static class ProductAliases
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        GetProduct.MapAlias(routes);
        PublishProduct.MapAlias(routes);
        routes.MapPost("/product", Create)
            .WithSummary("Create a product")
            .RequirePermission(Permissions.ProductsManage)
            .Idempotent()
            .Alias("POST /products")
            .Problems("422 company_required", "422 shop_required", "422 unknown_company", "422 unknown_category",
                "422 wrong_price", "422 out_of_range")
            .WithExample(new CreateProductAliasRequest("Oak lamp", 49.90m, "A lamp of oak.", Stock: 12), ProductAnswer.Example);
        routes.MapPut("/product/{id:guid}", Change)
            .WithSummary("Change a product and its price")
            .RequirePermission(Permissions.ProductsManage)
            .Alias("PUT /products/{id}")
            .Problems("412 stale", "422 offer_required", "422 unknown_company", "422 wrong_price", "422 out_of_range")
            .WithExample(new ChangeProductAliasRequest("Oak lamp", 45.90m, "A lamp of old oak."), ProductAnswer.Example);
    }

    private static Task<Created<ProductAnswer>> Create(
        CreateProductAliasRequest request, HttpContext http, Caller caller, CatalogDb db, IOptions<CatalogOptions> options, TimeProvider clock,
        CancellationToken ct) =>
        CreateProduct.Handle(
            new CreateProductRequest(
                request.Name, request.Description, request.CompanyId, CategoryIds: request.CategoryId is { } category ? [category] : null,
                Price: Price(request.Price, options.Value), Stock: request.Stock),
            http, caller, db, options, clock, ct);

    // The price is that of the caller's only offer of it; with several it does not say which.
    private static async Task<Ok<ProductAnswer>> Change(
        Guid id, ChangeProductAliasRequest request, HttpContext http, Caller caller, CatalogDb db, IOptions<CatalogOptions> options, TimeProvider clock,
        CancellationToken ct)
    {
        var product = await db.ProductOf(caller, id, ct);
        VersionTag.Check(http, product.Version);
        if (request.CompanyId is { } company && company != product.CompanyId)
            throw RuleException.Invalid("/company_id", "unknown_company", "A product stays with its company.");
        var offers = await db.Offers.Where(o => o.ProductId == id && o.CompanyId == product.CompanyId && o.EndedAt == null).OrderBy(o => o.Id).ToListAsync(ct);
        if (offers is not [var offer])
        {
            var refusal = RuleException.Invalid("/price", "offer_required", "The product has not exactly one offer of yours: change the price of an offer.");
            refusal.More["choices"] = offers.Select(o => new Choice(o.Id, o.Sku)).ToArray();
            throw refusal;
        }
        var now = clock.GetUtcNow();
        var before = new { product.Name, product.Description, offer.PriceMinor };
        product.Describe(request.Name, null, request.Description ?? "", now);
        offer.Change(
            OfferTerms.Of(options.Value.Currency, Price(request.Price, options.Value),
                offer.DeliveryFeeMinor is { } fee ? new Money(fee, offer.Currency) : null, offer.TaxCategory),
            offer.Active, now);
        db.Audit(caller, "product.change", "product", id, product.CompanyId, before, new { product.Name, product.Description, offer.PriceMinor });
        var row = await db.View(id, ct);
        ETag.Set(http, row.Version);
        return TypedResults.Ok(row.Answer);
    }

    private static Money Price(decimal price, CatalogOptions options) =>
        Currencies.ToMinor(price, options.Currency) is { } minor
            ? new Money(minor, options.Currency)
            : throw RuleException.Invalid("/price", "wrong_price", $"A price in {options.Currency} has at most {Currencies.Digits(options.Currency)} decimals.");
}

/// <summary>A new product with one variant.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Price">Price of one piece in major units of the marketplace's currency.</param>
/// <param name="Description">What it is.</param>
/// <param name="CompanyId">The company, one of the caller's; left out when there is one.</param>
/// <param name="CategoryId">Where it stands.</param>
/// <param name="Stock">Pieces in the company's default warehouse.</param>
public sealed record CreateProductAliasRequest(
    [Required, StringLength(200, MinimumLength = 1), RegularExpression(@"(?s).*\S.*")] string Name,
    decimal Price,
    [StringLength(20_000)] string? Description = null,
    Guid? CompanyId = null,
    Guid? CategoryId = null,
    [Range(0, 1_000_000_000)] long? Stock = null);

/// <summary>What a seller may set of a product with one offer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Price">Price of one piece in major units of the marketplace's currency.</param>
/// <param name="Description">What it is.</param>
/// <param name="CompanyId">The company it belongs to; it stays.</param>
public sealed record ChangeProductAliasRequest(
    [Required, StringLength(200, MinimumLength = 1), RegularExpression(@"(?s).*\S.*")] string Name,
    decimal Price,
    [StringLength(20_000)] string? Description = null,
    Guid? CompanyId = null);
