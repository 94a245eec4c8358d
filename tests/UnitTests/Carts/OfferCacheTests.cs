using Souk.Carts;
using Souk.Carts.Domain;
using Souk.Contracts.Catalog;
using Souk.Contracts.Inventory;

namespace Souk.UnitTests.Carts;

/// <summary>What is kept of offers in memory is never older than what was heard or read last.</summary>
public sealed class OfferCacheTests
{
    private readonly Clock clock = new();
    private readonly OfferCache cache;
    private readonly Offer lamp = Baskets.Offer(1999, available: 7);

    public OfferCacheTests() => cache = new OfferCache(clock);

    [Fact]
    public void What_was_read_is_known() => Assert.Equal(lamp, Kept(version: 1, availableVersion: 1));

    [Fact]
    public void A_newer_price_and_stock_replace_what_was_read()
    {
        Kept(version: 1, availableVersion: 1);
        cache.Hear(Changed(price: 1500, version: 2));
        cache.Hear(new AvailabilityChanged(lamp.Id, 3, 2));

        Assert.Equal(lamp with { PriceMinor = 1500, Available = 3 }, cache.Find(lamp.Id));
    }

    [Fact]
    public void An_older_state_changes_nothing_whichever_way_it_comes()
    {
        Kept(version: 5, availableVersion: 5);
        cache.Hear(Changed(price: 1500, version: 4));
        cache.Hear(new AvailabilityChanged(lamp.Id, 3, 4));
        cache.Keep(lamp with { PriceMinor = 1200, Available = 1 }, 4, 4);

        Assert.Equal(lamp, cache.Find(lamp.Id));
    }

    [Fact]
    public void What_was_heard_while_it_was_being_read_is_not_overwritten_by_what_was_read()
    {
        cache.Hear(Changed(price: 1500, version: 2));

        Assert.Equal(lamp with { PriceMinor = 1500 }, Kept(version: 1, availableVersion: 1));
    }

    [Fact]
    public void An_offer_whose_stock_is_not_known_has_to_be_read()
    {
        cache.Hear(Changed(price: 1500, version: 2));

        Assert.Null(cache.Find(lamp.Id));
    }

    [Fact]
    public void After_half_a_minute_without_news_it_has_to_be_read_again()
    {
        Kept(version: 1, availableVersion: 1);
        clock.Seconds = 31;

        Assert.Null(cache.Find(lamp.Id));
        Assert.Equal(lamp, Kept(version: 1, availableVersion: 1));
    }

    private Offer? Kept(long version, long availableVersion)
    {
        cache.Keep(lamp, version, availableVersion);
        return cache.Find(lamp.Id);
    }

    private OfferChanged Changed(long price, long version) => new(
        lamp.Id, lamp.ProductId, lamp.VariantId, lamp.CompanyId, lamp.ShopId, lamp.Sku, lamp.Title, price, lamp.Currency,
        lamp.DeliveryFeeMinor, lamp.TaxCategory, lamp.CategoryIds, null, lamp.Active, version);

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
