using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Catalog.Events;
using Souk.Catalog.Features;
using Souk.Catalog.Jobs;
using Souk.Catalog.Reads;
using Souk.Contracts.Catalog;
using Souk.Contracts.Identity;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Platform;

namespace Souk.Catalog;

/// <summary>Products, variants, offers, categories and tags, and the public reads of them.</summary>
public sealed class CatalogModule : IModule
{
    /// <inheritdoc />
    public string Name => "catalog";

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<CatalogOptions>("Souk");
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
        builder.Services.AddSingleton<ProductCache>();
        builder.Services.AddSingleton<ListCache>();
        builder.Services.AddSingleton<ICatalogApi, CatalogApi>();

        builder.AddService<CatalogDb>(Name)
            .On<CompanyChanged, OnCompanyChanged>()
            .On<ShopChanged, OnShopChanged>()
            .On<AvailabilityChanged, OnAvailabilityChanged>(hurry: false)
            .On<OrderConfirmed, OnOrderConfirmed>(hurry: false)
            .Keeps<CompanyChanged>("companies", "id")
            .Keeps<ShopChanged>("shops", "id")
            .Keeps<AvailabilityChanged>("availability", "offer_id")
            .Owns<OfferChanged>("offers", "id", States.OfOffers)
            .OnEveryReplica<CatalogViewsChanged>((services, e) => services.GetRequiredService<ProductCache>().Forget(e.ProductIds))
            .Job<RankProducts>(TimeSpan.FromSeconds(10))
            .Job<AnnounceDueProducts>(TimeSpan.FromSeconds(1))
            .Job<ForgetPrices>(TimeSpan.FromMinutes(10))
            .Job<ForgetImports>(TimeSpan.FromMinutes(10))
            .Worker<RunImports>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        var products = routes.MapGroup("/products").WithTags("Products");
        ListProducts.Map(products);
        CreateProduct.Map(products);
        GetProduct.Map(products);
        FindBySlug.MapProducts(products);
        ChangeProduct.Map(products);
        PublishProduct.Map(products);
        BoostProduct.Map(products);
        AddVariant.Map(products);
        RemoveVariant.Map(products);
        Images.Map(products);
        ProposeChange.Map(products);
        Proposals.Map(products);
        ImportProducts.Map(products);
        Imports.Map(products);
        ExportProducts.Map(products);
        AddOffer.Map(products);
        ListOffers.Map(products);

        var offers = routes.MapGroup("/offers").WithTags("Offers");
        GetOffer.Map(offers);
        ChangeOffer.Map(offers);
        EndOffer.Map(offers);
        ListPrices.Map(offers);

        var categories = routes.MapGroup("/categories").WithTags("Categories");
        ListCategories.Map(categories);
        FindBySlug.MapCategories(categories);
        ChangeCategory.Map(categories);
        Tags.Map(routes.MapGroup("/tags").WithTags("Tags"));
        Attributes.Map(routes.MapGroup("/attributes").WithTags("Attributes"));
        ProductAliases.Map(routes.MapGroup("").WithTags("Products"));
    }
}
