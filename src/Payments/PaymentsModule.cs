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
            .On<OrderConfirmed, OnOrderConfirmed>(hurry: false)
            .On<OrderRefused, OnOrderRefused>()
            .On<OrderCancelled, OnOrderCancelled>()
            .On<PartCancelled, OnPartCancelled>()
            .On<RefundDue, OnRefundDue>()
            .On<PartDelivered, OnPartDelivered>(hurry: false)
            .Job<ForgetWebhooks>(ForgetWebhooks.Every)
            .Job<ForgetSignals>(ForgetSignals.Every)
            .Job<RequestPayouts>(TimeSpan.FromMinutes(1))
            .Worker<CallGateways>()
            .Worker<ApplyAnswers>()
            .Worker<SendSimulatorWebhooks>()
            .Gauge("ledger_imbalance", "Journals among the last 1,000 entries that do not sum to zero.",
                """
                select count(*)::float8
                  from (select distinct order_id, kind, source_id
                          from (select * from ledger_entries order by id desc limit 1000) as last) as j,
                       lateral (select 1 from ledger_entries e
                                 where (e.order_id, e.kind, e.source_id) = (j.order_id, j.kind, j.source_id)
                                 group by e.currency having sum(e.amount_minor) <> 0) as wrong
                """);

        builder.Services.AddSingleton<CommissionRateCache>();
        builder.Services.AddSingleton<FraudRules>();
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
        ListPayments.Map(payments);
        GetPayment.Map(payments);
        PayOrder.Map(payments);
        CapturePayment.Map(payments);
        VoidPayment.Map(payments);
        ReviewPayment.Map(payments);
        ReceiveWebhook.Map(payments);

        var refunds = routes.MapGroup("/refunds").WithTags("Refunds");
        ListRefunds.Map(refunds);
        RefundBuyer.Map(refunds);

        ListTransactions.Map(routes.MapGroup("/transactions").WithTags("Payments"));
        ListBalances.Map(routes.MapGroup("/balances").WithTags("Ledger"));
        var ledger = routes.MapGroup("/ledger").WithTags("Ledger");
        ListLedgerAccounts.Map(ledger);
        ListLedgerEntries.Map(ledger);
        GetTrialBalance.Map(ledger);

        var rules = routes.MapGroup("/commission-rules").WithTags("Commission");
        ListCommissionRules.Map(rules);
        CreateCommissionRule.Map(rules);
        ChangeCommissionRule.Map(rules);
        DeleteCommissionRule.Map(rules);
        PreviewCommission.Map(rules);

        ListDisputes.Map(routes.MapGroup("/disputes").WithTags("Payments"));

        var payouts = routes.MapGroup("/payouts").WithTags("Payouts");
        ListPayouts.Map(payouts);
        RequestPayout.Map(payouts);
        MovePayout.Map(payouts);
        SetPayoutAccount.Map(routes.MapGroup("/payout-accounts").WithTags("Payouts"));
        MakePayoutFile.Map(routes.MapGroup("/payout-files").WithTags("Payouts"));

        var settlements = routes.MapGroup("/settlements").WithTags("Ledger");
        TakeSettlement.Map(settlements);
        ResolveException.Map(settlements);
        ManageFraudRules.Map(routes.MapGroup("/fraud-rules").WithTags("Payments"));

        var seed = routes.MapGroup("/payment").WithTags("Payments");
        PayOrder.MapAlias(seed);
        GetPayment.MapAlias(seed);
        RefundBuyer.MapAlias(seed);

        if (routes.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment())
            SimulatorPages.Map(routes.MapGroup("/gateway-simulator").WithTags("Gateway simulator (development)"));
    }
}
