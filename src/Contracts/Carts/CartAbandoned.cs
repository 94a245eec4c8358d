namespace Souk.Contracts.Carts;

/// <summary>Somebody filled a cart and has left it alone for a while. Said once, and again only after the cart was changed.</summary>
/// <param name="CartId">The cart; also the key.</param>
/// <param name="AccountId">Whose it is; null for a guest, whom nobody can write to.</param>
/// <param name="Currency">Its currency.</param>
/// <param name="ItemsMinor">What is in it, at the prices that were seen.</param>
/// <param name="OfferIds">What is in it; never empty.</param>
/// <param name="ChangedAt">When it was changed last.</param>
public sealed record CartAbandoned(
    Guid CartId, Guid? AccountId, string Currency, long ItemsMinor, Guid[] OfferIds, DateTimeOffset ChangedAt) : IEvent
{
    /// <inheritdoc />
    public Guid Key => CartId;
}
