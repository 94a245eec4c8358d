using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Souk.Payments.Gateways.Simulator;

/// <summary>Where the simulator's pages are, and where its webhooks go.</summary>
internal sealed class SimulatorAddress(IConfiguration configuration, IOptions<PaymentsOptions> options)
{
    /// <summary>What the buyer's browser is sent to.</summary>
    public string Pages { get; } = (configuration["Souk:PublicUrl"] ?? "").TrimEnd('/');

    /// <summary>What the webhooks are posted to.</summary>
    public string Webhooks => options.Value.SimulatorWebhookUrl?.TrimEnd('/') ?? $"{Pages}/payments/webhooks/simulator";
}
