namespace Souk.Contracts.Notifications;

/// <summary>Somebody wants to hear when an offer can be bought again. Who that is, only Notifications knows.</summary>
/// <param name="OfferId">The offer, which may not exist; also the key.</param>
public sealed record StockWatched(Guid OfferId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OfferId;
}
