using FsCheck;
using FsCheck.Fluent;
using Souk.Contracts.Orders;
using Souk.Platform;
using Souk.Platform.Events;
using System.Text.Json;

namespace Souk.UnitTests.Platform.Events;

public sealed class WavesTests
{
    private static readonly Subscription Placed = new SubscriptionOf<OrderPlaced, object>();
    private static readonly Subscription Delivered = new SubscriptionOf<PartDelivered, object>();

    [Fact]
    public void One_type_is_one_wave_whatever_its_keys()
    {
        var key = Guid.CreateVersion7();
        var waves = BatchOfEvents.Waves([Of(Placed, key, 1), Of(Placed, Guid.CreateVersion7(), 2), Of(Placed, key, 3)]).ToList();

        Assert.Equal(3, Assert.Single(waves).Events.Count);
    }

    [Fact]
    public void A_handler_gets_as_many_of_its_type_as_the_order_per_key_allows()
    {
        var (a, b) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var waves = BatchOfEvents.Waves([Of(Placed, a, 1), Of(Delivered, a, 2), Of(Placed, b, 3), Of(Delivered, b, 4)]).ToList();

        Assert.Equal([("OrderPlaced", 2), ("PartDelivered", 2)], waves.Select(wave => (wave.Subscription.Type, wave.Events.Count)));
    }

    [Fact]
    public void Every_event_comes_once_and_events_of_a_key_keep_their_order()
    {
        Guid[] keys = [.. Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7())];
        var batches = Gen.Choose(0, 7).ListOf().ToArbitrary();
        Prop.ForAll(batches, choices =>
        {
            List<Delivered> batch = [.. choices.Select((choice, pos) => Of(choice < 4 ? Placed : Delivered, keys[choice % 4], pos))];
            // The position is carried in the payload's postcode or part, so that it can be read back.
            var seen = BatchOfEvents.Waves(batch).SelectMany(wave => wave.Events.Select(e => (e.Key, Pos: Position(e)))).ToList();
            return seen.Count == batch.Count
                && seen.Select(e => e.Pos).Distinct().Count() == batch.Count
                && seen.GroupBy(e => e.Key).All(group => group.Select(e => e.Pos).SequenceEqual(group.Select(e => e.Pos).Order()));
        }).QuickCheckThrowOnFailure();
    }

    private static Delivered Of(Subscription subscription, Guid key, int pos)
    {
        Contracts.IEvent e = subscription == Placed
            ? new OrderPlaced(key, $"{pos}", [], TimeSpan.FromMinutes(15))
            : new PartDelivered(key, key, key, [new LineQuantity(key, key, pos)]);
        return new Delivered(
            subscription, pos, Guid.CreateVersion7(), key, JsonSerializer.SerializeToUtf8Bytes(e, e.GetType(), Json.Events), null);
    }

    private static int Position(Contracts.IEvent e) => e switch
    {
        OrderPlaced placed => int.Parse(placed.Country, System.Globalization.CultureInfo.InvariantCulture),
        PartDelivered delivered => delivered.Lines[0].Quantity,
        _ => throw new InvalidOperationException(),
    };
}
