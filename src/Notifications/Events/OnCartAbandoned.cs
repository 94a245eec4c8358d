using Microsoft.Extensions.Configuration;
using Souk.Contracts.Carts;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>A cart was left alone: whose it is gets a reminder, unless they want none. Nobody can write to a guest.</summary>
internal sealed class OnCartAbandoned(Queue queue, IConfiguration configuration) : IHandleBatch<CartAbandoned>
{
    public Task Handle(IReadOnlyList<CartAbandoned> events, CancellationToken ct)
    {
        var cartUrl = $"{(configuration["Souk:PublicUrl"] ?? "").TrimEnd('/')}/cart";
        queue.Add([.. events.Where(cart => cart.AccountId is not null).Select(cart => new NewMail(
            BuiltIn.CartAbandoned, AccountId: cart.AccountId,
            Facts: new MailFacts(AmountMinor: cart.ItemsMinor, Currency: cart.Currency, Cart: cartUrl)))]);
        return Task.CompletedTask;
    }
}
