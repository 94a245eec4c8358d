using Souk.Contracts.Catalog;
using Souk.Platform.Events;

namespace Souk.Carts.Events;

/// <summary>Keeps the offers as Catalog says; the newest state wins, in whatever order they come.</summary>
internal sealed class OnOfferChanged(CartsDb db) : IHandleBatch<OfferChanged>
{
    public Task Handle(IReadOnlyList<OfferChanged> events, CancellationToken ct)
    {
        OfferBook.Put(db, events);
        return Task.CompletedTask;
    }
}
