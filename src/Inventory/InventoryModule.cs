using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Contracts.Catalog;
using Souk.Contracts.Identity;
using Souk.Contracts.Inventory;
using Souk.Contracts.Notifications;
using Souk.Contracts.Orders;
using Souk.Inventory.Events;
using Souk.Inventory.Features;
using Souk.Inventory.Jobs;
using Souk.Platform;

namespace Souk.Inventory;

/// <summary>Keeps what lies where, and who has a claim on it: warehouses, stock, reservations, movements.</summary>
public sealed class InventoryModule : IModule
{
    public string Name => "inventory";

    public IReadOnlyList<Type> Asks => [typeof(ICatalogApi)];

    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
        builder.Services.AddSingleton<Routing>();
        builder.AddService<InventoryDb>(Name)
            .On<OrderPlaced, OnOrderPlaced>()
            .On<OrderConfirmed, OnOrderConfirmed>(hurry: false)
            .On<OrderAwaitsPayment, OnOrderAwaitsPayment>()
            .On<OrderRefused, OnOrderRefused>()
            .On<OrderCancelled, OnOrderCancelled>()
            .On<PartCancelled, OnPartCancelled>()
            .On<PartShipped, OnPartShipped>()
            .On<PiecesTakenOff, OnPiecesTakenOff>()
            .On<GoodsReturned, OnGoodsReturned>(hurry: false)
            .On<OfferChanged, OnOfferChanged>()
            .On<OfferStocked, OnOfferStocked>()
            .On<CompanyChanged, OnCompanyChanged>()
            .On<StockWatched, OnStockWatched>(hurry: false)
            .Before<LockBatch>()
            .Keeps<CompanyChanged>("companies", "id")
            .Keeps<OfferChanged>("offers", "id")
            .Owns<AvailabilityChanged>("availability", "offer_id", States.OfAvailability)
            .OnEveryReplica<RoutingRulesChanged>((services, _) => services.GetRequiredService<Routing>().Forget())
            .Job<ExpireReservations>(ExpireReservations.Every)
            .Job<SweepAvailability>(SweepAvailability.Every)
            .Job<SumStockDays>(SumStockDays.Every)
            .Gauge("stock_oversold", "Stock that moved last of which more is reserved than there is.",
                """
                select count(*)::float8
                  from (select distinct offer_id, warehouse_id
                          from (select * from movements order by id desc limit 1000) as last) as moved,
                       lateral (select 1 from stock s
                                 where (s.offer_id, s.warehouse_id) = (moved.offer_id, moved.warehouse_id)
                                   and s.reserved > s.on_hand limit 1) as wrong
                """);
    }

    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        var inventory = routes.MapGroup("").WithTags("Inventory");
        ListWarehouses.Map(inventory);
        CreateWarehouse.Map(inventory);
        GetWarehouse.Map(inventory);
        ChangeWarehouse.Map(inventory);
        CloseWarehouse.Map(inventory);
        ListStockLevels.Map(inventory);
        SetStockLevel.Map(inventory);
        SyncStockLevels.Map(inventory);
        ListStockMovements.Map(inventory);
        MoveStock.Map(inventory);
        ListProductStock.Map(inventory);
        GetAvailability.Map(inventory);
        ListStockAlerts.Map(inventory);
        ReportStockLevels.Map(inventory);
        ReportStockTrends.Map(inventory);
        ReadStockRules.Map(inventory);
        SetStockRule.Map(inventory);
        ReadRoutingRules.Map(inventory);
        CreateRoutingRule.Map(inventory);
        ChangeRoutingRule.Map(inventory);
    }
}
