using System.Collections.Concurrent;
using Souk.Carts.Domain;
using Souk.Contracts.Catalog;
using Souk.Contracts.Inventory;

namespace Souk.Carts;

/// <summary>
/// Offers, and what is left of them, in memory: most requests of a cart ask the database nothing about them. Every process
/// hears what changes, and of two versions the newer wins, whichever way they came. Should it not hear, what it has is half
/// a minute old at most.
/// </summary>
internal sealed class OfferCache(TimeProvider clock)
{
    // Beyond that it begins anew, so that it stays small however much is for sale.
    private const int CountMax = 50_000;
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<Guid, Known<Offer>> offers = new();
    private readonly ConcurrentDictionary<Guid, Known<long?>> left = new();
    private int count;

    /// <summary>The offer as it is now; null when it has to be read.</summary>
    public Offer? Find(Guid id) =>
        offers.TryGetValue(id, out var offer) && IsFresh(offer.At) && left.TryGetValue(id, out var available) && IsFresh(available.At)
            ? offer.Value with { Available = available.Value }
            : null;

    /// <summary>Keeps what was read, with the versions of the offer and of what is left of it.</summary>
    public void Keep(Offer offer, long version, long availableVersion)
    {
        Put(offers, offer.Id, offer, version);
        Put(left, offer.Id, offer.Available, availableVersion);
    }

    public void Hear(OfferChanged e) => Put(
        offers,
        e.OfferId,
        new Offer(
            e.OfferId, ProductId: e.ProductId, VariantId: e.VariantId, CompanyId: e.CompanyId, ShopId: e.ShopId, e.Sku, e.Title,
            e.PriceMinor, e.Currency, e.DeliveryFeeMinor, e.TaxCategory, e.CategoryIds, e.WeightGrams, e.Active, Available: null),
        e.Version);

    public void Hear(AvailabilityChanged e) => Put(left, e.OfferId, (long?)e.Available, e.Version);

    private bool IsFresh(long at) => clock.GetElapsedTime(at) < AgeMax;

    private void Put<T>(ConcurrentDictionary<Guid, Known<T>> known, Guid id, T value, long version)
    {
        var now = new Known<T>(value, version, clock.GetTimestamp());
        if (known.TryAdd(id, now))
        {
            if (Interlocked.Increment(ref count) > 2 * CountMax)
                Clear();
        }
        else
        {
            known.AddOrUpdate(id, now, (_, before) => before.Version > version ? before : now);
        }
    }

    private void Clear()
    {
        offers.Clear();
        left.Clear();
        Volatile.Write(ref count, 0);
    }

    private sealed record Known<T>(T Value, long Version, long At);
}
