using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Carts.Events;
using Souk.Carts.Features;
using Souk.Carts.Jobs;
using Souk.Contracts.Carts;
using Souk.Contracts.Catalog;
using Souk.Contracts.Identity;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Platform;

namespace Souk.Carts;

/// <summary>Carts of guests and customers, prices, and the start of the checkout.</summary>
public sealed class CartsModule : IModule
{
    /// <inheritdoc />
    public string Name => "carts";

    /// <inheritdoc />
    public IReadOnlyList<Type> Asks => [typeof(ICatalogApi)];

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddService<CartsDb>(Name)
            .On<OfferChanged, OnOfferChanged>()
            .On<AvailabilityChanged, OnAvailabilityChanged>(hurry: false)
            .On<OrderConfirmed, OnOrderConfirmed>()
            .On<OrderRefused, OnOrderRefused>()
            .On<OrderAwaitsPayment, OnOrderAwaitsPayment>()
            .On<OrderCancelled, OnOrderCancelled>()
            .On<AccountChanged, OnAccountChanged>()
            .OnEveryReplica<OfferChanged>((services, e) => services.GetRequiredService<OfferCache>().Hear(e))
            .OnEveryReplica<AvailabilityChanged>((services, e) => services.GetRequiredService<OfferCache>().Hear(e))
            .Keeps<OfferChanged>("offers", "id")
            .Keeps<AvailabilityChanged>("availability", "offer_id")
            .Job<RemoveOldCarts>(TimeSpan.FromMinutes(1))
            .Job<MarkAbandonedCarts>(TimeSpan.FromMinutes(5));
        builder.AddValidatedOptions<PricingOptions>("Souk");
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.

        builder.Services.AddSingleton<OfferCache>();
        builder.Services.AddSingleton<PriceRules>();
        builder.Services.AddSingleton<Customers>();
        builder.Services.AddSingleton<Quotes>();
        builder.Services.AddSingleton<CartView>();
        builder.Services.AddSingleton<Checkout>();
        builder.Services.AddSingleton<OrderTokens>();
        builder.Services.AddScoped<OfferBook>();
        builder.Services.AddScoped<ICartsApi, CartsApi>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        var cart = routes.MapGroup("/cart").WithTags("Carts");
        AddToCart.Map(cart);
        GetCart.Map(cart);
        ChangeCart.Map(cart);
        EmptyCart.Map(cart);
        GetCartLine.Map(cart);
        ChangeCartLine.Map(cart);
        RemoveCartLine.Map(cart);
        ListDeliveryOptions.Map(cart);
        CheckOutCart.Map(cart);

        var orders = routes.MapGroup("/orders").WithTags("Orders");
        PlaceOrder.Map(orders);
        PlaceOrderBatch.Map(orders);
        CartAliases.Map(routes);
        OrderAlias.Map(routes);

        var contacts = routes.MapGroup("/contacts").WithTags("Carts");
        CreateContact.Map(contacts);
        ListContacts.Map(contacts);
        GetContact.Map(contacts);

        var methods = routes.MapGroup("/delivery-methods").WithTags("Pricing");
        CreateDeliveryMethod.Map(methods);
        ListDeliveryMethods.Map(methods);
        GetDeliveryMethod.Map(methods);
        ChangeDeliveryMethod.Map(methods);
        DeleteDeliveryMethod.Map(methods);

        var rates = routes.MapGroup("/tax-rates").WithTags("Pricing");
        CreateTaxRate.Map(rates);
        ListTaxRates.Map(rates);
        GetTaxRate.Map(rates);
        ChangeTaxRate.Map(rates);
        DeleteTaxRate.Map(rates);

        var promotions = routes.MapGroup("/promotions").WithTags("Pricing");
        CreatePromotion.Map(promotions);
        ListPromotions.Map(promotions);
        GetPromotion.Map(promotions);
        ChangePromotion.Map(promotions);
        DeletePromotion.Map(promotions);
        CreatePromotionCodes.Map(promotions);
        ListPromotionCodes.Map(promotions);
        ExportPromotionCodes.Map(promotions);
        DeletePromotionCode.Map(promotions);

        var groups = routes.MapGroup("/customer-groups").WithTags("Pricing");
        CreateCustomerGroup.Map(groups);
        ListCustomerGroups.Map(groups);
        GetCustomerGroup.Map(groups);
        ChangeCustomerGroup.Map(groups);
        DeleteCustomerGroup.Map(groups);
        AddCustomerGroupMembers.Map(groups);
        ListCustomerGroupMembers.Map(groups);
        RemoveCustomerGroupMember.Map(groups);
    }
}
