using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Contracts.Carts;
using Souk.Contracts.Inventory;
using Souk.Contracts.Payments;
using Souk.Orders.Events;
using Souk.Orders.Features;
using Souk.Orders.Jobs;
using Souk.Platform;

namespace Souk.Orders;

/// <summary>Takes orders and leads each one from placed to delivered, or undoes it.</summary>
public sealed class OrdersModule : IModule
{
    /// <inheritdoc />
    public string Name => "orders";

    /// <inheritdoc />
    public IReadOnlyList<Type> Asks => [typeof(ICartsApi)];

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<OrdersOptions>("Orders");
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.

        builder.Services.AddSingleton<PlacedLines>();
        builder.Services.AddScoped<AddedLines>();
        builder.AddService<OrdersDb>(Name)
            .On<CheckoutStarted, OnCheckoutStarted>()
            .On<StockReserved, OnStockReserved>()
            .On<StockRefused, OnStockRefused>()
            .On<ReservationExpired, OnReservationExpired>()
            .On<PaymentsAuthorized, OnPaymentsAuthorized>()
            .On<PaymentDeclined, OnPaymentDeclined>()
            .On<PaymentActionRequired, OnPaymentActionRequired>()
            .On<PaymentRetried, OnPaymentRetried>()
            .On<PaymentCaptured, OnPaymentCaptured>(hurry: false)
            .On<CaptureFailed, OnCaptureFailed>()
            .On<PaymentRefunded, OnPaymentRefunded>()
            .On<RefundSkipped, OnRefundSkipped>(hurry: false)
            .On<PaymentsVoided, OnPaymentsVoided>()
            .Job<WatchOrders>(TimeSpan.FromSeconds(5))
            .Gauge("saga_under_way", "Orders that wait for something, by status.",
                """
                select count(o.id)::float8, s.status
                  from unnest(array['pending', 'awaiting_payment', 'confirmed', 'capture_failed']) as s(status)
                  left join orders o on o.status = s.status and o.deadline is not null group by s.status
                """, "status")
            .Gauge("saga_overdue", "Orders that are over a minute past the deadline of their status.",
                "select count(*)::float8 from orders where deadline < now() - interval '1 minute'");
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        var orders = routes.MapGroup("/orders").WithTags("Orders");
        ListOrders.Map(orders);
        GetOrder.Map(orders);
        ChangeOrder.Map(orders);
        CancelOrder.Map(orders);
        ChangeOrderStatus.Map(orders);
        GetTracking.Map(orders);
        GetTimeline.Map(orders);
        OrderNotes.Map(orders);
        ExportOrders.Map(orders);

        var returns = routes.MapGroup("/returns").WithTags("Returns");
        ReadReturns.Map(returns);
        RequestReturn.Map(returns);
        DecideReturn.Map(returns);
        ReceiveReturn.Map(returns);

        // The first drafts' names.
        var order = routes.MapGroup("/order").WithTags("Orders");
        GetOrder.MapAlias(order);
        ChangeOrder.MapAlias(order);
        CancelOrder.MapAlias(order);
    }
}
