using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Souk.Contracts;
using Souk.Contracts.Orders;
using Souk.Inventory;
using Souk.Inventory.Events;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Events;

namespace Souk.IntegrationTests.Inventory;

/// <summary>Replicas of inventory, each with a batch of several kinds of events, as they come from Kafka: nothing fences them off.</summary>
[Collection(nameof(InventoryBed))]
public class MixedBatchTests(InventoryBed bed)
{
    private const int Rounds = 40;

    private static readonly Subscription Placed = new SubscriptionOf<OrderPlaced, OnOrderPlaced>();
    private static readonly Subscription Cancelled = new SubscriptionOf<OrderCancelled, OnOrderCancelled>();

    [Fact]
    public async Task Two_replicas_that_reserve_what_the_other_frees_do_not_deadlock()
    {
        var offers = new Guid[4];
        for (var i = 0; i < offers.Length; i++)
            (offers[i], _) = await bed.Stocked(1000);
        var (low, high) = (offers[..2], offers[2..]);
        var pos = 0L;

        for (var round = 0; round < Rounds; round++)
        {
            // One reserves the low ones and frees the high ones, the other the other way round.
            var (freesHigh, freesLow) = (Order(high), Order(low));
            await bed.Place(freesHigh, freesLow);
            await Task.WhenAll(
                Apply(Event(Placed, Order(low)), Event(Cancelled, Cancel(freesHigh))),
                Apply(Event(Placed, Order(high)), Event(Cancelled, Cancel(freesLow))));
        }

        foreach (var offer in offers)
            Assert.Equal((1000, Rounds), await bed.Counters(offer));
        await bed.Balanced(offers);

        Delivered Event(Subscription subscription, IEvent e) => new(
            subscription, ++pos, Guid.CreateVersion7(), e.Key,
            JsonSerializer.SerializeToUtf8Bytes(e, e.GetType(), Json.Events), null);
    }

    private static OrderPlaced Order(Guid[] offers) => InventoryBed.Order([.. offers.Select(offer => (offer, 1))]);

    private static OrderCancelled Cancel(OrderPlaced order) =>
        new(order.OrderId, null, null, Guid.Empty, "buyer", true, order.Lines);

    private Task Apply(params Delivered[] batch) => Task.Run(() => new BatchOfEvents(
            bed.Services.GetRequiredService<Service<InventoryDb>>(),
            bed.Services.GetRequiredService<IServiceScopeFactory>())
        .Apply([.. batch], [], [], unparked: null, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
}
