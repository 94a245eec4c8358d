using Microsoft.Extensions.Options;
using Souk.Contracts.Orders;
using Souk.Payments.Domain;

namespace Souk.Payments.Gateways;

/// <summary>The gateways there are, and which one takes a new payment.</summary>
internal sealed class GatewayChoice(IEnumerable<IGateway> gateways, IOptions<PaymentsOptions> options)
{
    private readonly Dictionary<string, IGateway> byName = gateways.ToDictionary(g => g.Name, StringComparer.Ordinal);

    public IGateway? Find(string name) => byName.GetValueOrDefault(name);

    public Payment NewPayment(Guid orderId, Guid? accountId, PaymentIntent intent, string currency) => new()
    {
        Id = intent.PaymentId,
        OrderId = orderId,
        AccountId = accountId,
        Method = intent.Method,
        Token = intent.Token,
        Gateway = options.Value.Gateway,
        Currency = currency,
        AmountMinor = intent.AmountMinor,
    };
}
