using Souk.Contracts.Carts;

namespace Souk.Host.Internal;

/// <summary>Carts' reads when another process hosts it.</summary>
internal sealed class CartsOverHttp(Neighbour carts) : ICartsApi
{
    /// <summary>The other end.</summary>
    public static void Answer(InternalRoutes<ICartsApi> routes)
    {
        routes.Answer<Guid, ContactCard?>("contact", (carts, id, ct) => carts.Contact(id, ct));
        routes.Answer<Kept, ContactCard?>("kept-contact",
            (carts, kept, ct) => carts.KeptContact(kept.ContactId, kept.AccountId, ct));
        routes.Answer<WantedAddition, PricedAddition?>("addition",
            (carts, wanted, ct) => carts.PriceAddition(wanted, ct));
    }

    public Task<ContactCard?> Contact(Guid contactId, CancellationToken ct) =>
        carts.Ask<Guid, ContactCard?>("contact", contactId, ct);

    public Task<ContactCard?> KeptContact(Guid contactId, Guid accountId, CancellationToken ct) =>
        carts.Ask<Kept, ContactCard?>("kept-contact", new Kept(contactId, accountId), ct);

    public Task<PricedAddition?> PriceAddition(WantedAddition wanted, CancellationToken ct) =>
        carts.Ask<WantedAddition, PricedAddition?>("addition", wanted, ct);

    private sealed record Kept(Guid ContactId, Guid AccountId);
}
