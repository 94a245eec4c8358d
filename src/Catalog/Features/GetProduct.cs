using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Souk.Catalog.Reads;
using Souk.Contracts;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Shows a product with its variants and the offers that can be bought. Everybody may see what is published, from ready-made
/// bytes; its company and the staff see drafts and archived ones too.
/// </summary>
internal static class GetProduct
{
    public static void Map(IEndpointRouteBuilder products) => Route(products, "/{id:guid}").WithSummary("Show a product");

    public static void MapAlias(IEndpointRouteBuilder routes) =>
        Route(routes, "/product/{id:guid}").WithSummary("Show a product").Alias("GET /products/{id}");

    // The most read route of all: a hit costs one look into a dictionary, no service, no scope, no database.
    private static RouteHandlerBuilder Route(IEndpointRouteBuilder routes, string pattern)
    {
        var cache = routes.ServiceProvider.GetRequiredService<ProductCache>();
        return routes
            .MapGet(pattern, Task (Guid id, HttpContext http) => Answer(id, http, cache))
            .AllowGuests()
            .Produces<ProductAnswer>()
            .Produces(StatusCodes.Status304NotModified)
            .WithExample(response: ProductAnswer.Example);
    }

    internal static Task Answer(Guid id, HttpContext http, ProductCache cache) =>
        cache.Find(id) is { } ready ? ready.Write(http) : Handle(id, http, cache);

    private static async Task Handle(Guid id, HttpContext http, ProductCache cache)
    {
        if (await cache.FindOrRead(id, http.RequestAborted) is { } ready)
        {
            await ready.Write(http);
            return;
        }
        var caller = http.Features.Get<Caller>() ?? Caller.Anonymous;
        var row = caller.IsSignedIn ? await cache.Row(id, all: true, http.RequestAborted) : null;
        if (row is null || !(caller.Companies.ContainsKey(row.Answer.CompanyId) || caller.Can(Permissions.ProductsManage)))
            throw RuleException.NotFound();
        ETag.Set(http, row.Version);
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsJsonAsync(row.Answer, Json.Api, null, http.RequestAborted);
    }
}

/// <summary>A product as it is answered.</summary>
/// <param name="Id">The product.</param>
/// <param name="Name">Its name.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Description">What it is, as its company wrote it: plain text or Markdown.</param>
/// <param name="DescriptionHtml">The same as HTML that may be put into a page: nothing in it runs or loads anything.</param>
/// <param name="Status"><c>draft</c>, <c>published</c> or <c>archived</c>.</param>
/// <param name="CompanyId">Who keeps its text.</param>
/// <param name="Price">Of its cheapest offer; null while none can be bought.</param>
/// <param name="PriorPrice">When that offer was reduced: its lowest price of the 30 days before, for 30 days; else null.</param>
/// <param name="Stock">Pieces that can be bought, of all offers.</param>
/// <param name="Ranking">Higher stands first: from sales, with what the staff adds.</param>
/// <param name="Attributes">Specifications by the attribute's code.</param>
/// <param name="Options">What its variants differ in.</param>
/// <param name="Variants">Its variants.</param>
/// <param name="Offers">Who sells it, cheapest first; at most a hundred.</param>
/// <param name="BestOfferId">The one to propose: in stock, then cheapest, then the oldest; null while none can be bought.</param>
/// <param name="Categories">Where it stands.</param>
/// <param name="Tags">Words it is found by.</param>
/// <param name="Images">Its pictures, in their order.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UpdatedAt">When its text was changed last.</param>
public sealed record ProductAnswer(
    Guid Id, string Name, string Slug, string Description, string DescriptionHtml, string Status, Guid CompanyId,
    Money? Price, Money? PriorPrice, long Stock, int Ranking,
    IReadOnlyDictionary<string, JsonElement> Attributes, string[] Options, VariantAnswer[] Variants,
    OfferAnswer[] Offers, Guid? BestOfferId,
    ProductCategory[] Categories, string[] Tags, ImageAnswer[] Images, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal static readonly ProductAnswer Example = new(
        new Guid("0198c5a0-0000-7000-8000-000000000001"), "Oak lamp", "oak-lamp-00000001", "A lamp of *oak*.",
        "<p>A lamp of <em>oak</em>.</p>", "published",
        new Guid("0198c5a0-0000-7000-8000-000000000002"), new Money(4990, "EUR"), null, 12, 1098,
        new Dictionary<string, JsonElement>(), [],
        [new VariantAnswer(new Guid("0198c5a0-0000-7000-8000-000000000003"), "", new Dictionary<string, string>(), 1200)],
        [OfferAnswer.Example], OfferAnswer.Example.Id,
        [new ProductCategory(new Guid("0198c5a0-0000-7000-8000-000000000006"), "Lamps", "lamps")], ["oak"], [],
        new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero));
}

/// <summary>A variant as it is answered.</summary>
/// <param name="Id">The variant.</param>
/// <param name="Title">What tells it from the others; empty when it is the only one.</param>
/// <param name="Options">Its value of each option.</param>
/// <param name="WeightGrams">Weight of one piece.</param>
public sealed record VariantAnswer(Guid Id, string Title, IReadOnlyDictionary<string, string> Options, int? WeightGrams);

/// <summary>A category a product stands in.</summary>
/// <param name="Id">The category.</param>
/// <param name="Name">Its name.</param>
/// <param name="Slug">Its name in addresses.</param>
public sealed record ProductCategory(Guid Id, string Name, string Slug);

/// <summary>A picture of a product.</summary>
/// <param name="Id">The picture.</param>
/// <param name="Url">Where its bytes are.</param>
/// <param name="ContentType">For example <c>image/png</c>.</param>
/// <param name="VariantId">The variant it shows; null for all.</param>
/// <param name="Alt">What people read who do not see it.</param>
/// <param name="Width">In pixels; null for one from before they were read.</param>
/// <param name="Height">In pixels; null for one from before they were read.</param>
public sealed record ImageAnswer(Guid Id, string Url, string ContentType, Guid? VariantId, string Alt, int? Width,
    int? Height);
