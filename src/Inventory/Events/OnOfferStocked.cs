using Souk.Contracts.Catalog;
using Souk.Inventory.Domain;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>The first stock of a new offer goes to its seller's default warehouse.</summary>
internal sealed class OnOfferStocked(InventoryDb db) : IHandleBatch<OfferStocked>
{
    public async Task Handle(IReadOnlyList<OfferStocked> events, CancellationToken ct)
    {
        var warehouses = await db.DefaultWarehousesOf(events.Select(offer => offer.CompanyId), ct);
        var stock = await LockedStock.Open(db, [.. events.Select(offer => (offer.OfferId, warehouses[offer.CompanyId]))], ct);
        foreach (var offer in events)
            stock.Move(
                stock.Shelf(offer.OfferId, warehouses[offer.CompanyId])!, offer.Quantity,
                new MovementNote(MovementKind.In, AccountId: offer.AccountId, Reason: "first stock"));
        stock.Write();
    }
}
