using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Contracts.Orders;
using Souk.Payments.Events;
using Souk.Payments.Features;
using Souk.Payments.Gateways;
using Souk.Payments.Gateways.Simulator;
using Souk.Payments.Jobs;
using Souk.Platform;

namespace Souk.Payments;

/// <summary>Payments through gateways, captures, refunds, and the ledger.</summary>
public sealed class PaymentsModule : IModule
{
    /// <inheritdoc />
    public string Name => "payments";

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<PaymentsOptions>("Payments");
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
        builder.AddService<PaymentsDb>(Name)
            .On<PaymentDue, OnPaymentDue>()
            .On<OrderAwaitsPayment, OnOrderAwaitsPayment>()
            .On<OrderConfirmed, OnOrderConfirmed>()
            .On<OrderRefused, OnOrderRefused>()
            .On<OrderCancelled, OnOrderCancelled>()
            .On<PartCancelled, OnPartCancelled>()
            .Worker<CallGateways>()
            .Worker<ApplyAnswers>()
            .Worker<SendSimulatorWebhooks>();

        builder.Services.AddSingleton<CommissionRateCache>();
        builder.Services.AddSingleton<GatewayChoice>();
        builder.Services.AddSingleton<GatewayDesk>();
        builder.Services.AddSingleton<SimulatorBooks>();
        builder.Services.AddSingleton<SimulatorAddress>();
        builder.Services.AddSingleton<Simulator>();
        builder.Services.AddSingleton<IGateway>(provider => provider.GetRequiredService<Simulator>());
        builder.Services.AddHttpClient("gateway-simulator");
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        var payments = routes.MapGroup("/payments").WithTags("Payments");
        ReceiveWebhook.Map(payments);

        if (routes.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment())
            SimulatorPages.Map(routes.MapGroup("/gateway-simulator").WithTags("Gateway simulator (development)"));
    }
}
