using Microsoft.Extensions.Logging.Abstractions;
using Souk.Contracts.Orders;
using Souk.Inventory.Events;

namespace Souk.IntegrationTests.Inventory;

/// <summary>Orders that leave in several parcels: the stock follows piece by piece.</summary>
[Collection(nameof(InventoryBed))]
public class PartialShipmentTests(InventoryBed bed)
{
    [Fact]
    public async Task A_parcel_takes_its_pieces_and_leaves_the_others_reserved()
    {
        var (lamp, _) = await bed.Stocked(5);
        var (rug, _) = await bed.Stocked(3);
        var order = await Confirmed((lamp, 4), (rug, 2));

        await Ship(order, Of(order.Lines[0], 1));
        Assert.Equal((4, 3), await bed.Counters(lamp));
        Assert.Equal((3, 2), await bed.Counters(rug));
        await bed.Balanced(lamp, rug);

        await Ship(order, Of(order.Lines[0], 3), order.Lines[1]);
        Assert.Equal((1, 0), await bed.Counters(lamp));
        Assert.Equal((1, 0), await bed.Counters(rug));
        await bed.Balanced(lamp, rug);
    }

    [Fact]
    public async Task Two_parcels_of_one_line_in_one_batch_are_two_parcels()
    {
        var (lamp, _) = await bed.Stocked(5);
        var order = await Confirmed((lamp, 5));

        var (two, one) = (Parcel(order, Of(order.Lines[0], 2)), Parcel(order, Of(order.Lines[0], 1)));
        await bed.Batch(db => Shipped(db).Handle([two, one], Ct));

        Assert.Equal((2, 2), await bed.Counters(lamp));
        await bed.Balanced(lamp);
    }

    [Fact]
    public async Task A_parcel_is_filled_from_one_warehouse_after_the_other()
    {
        var (lamp, _) = await bed.Stocked(2, 3);
        var order = await Confirmed((lamp, 5));

        await Ship(order, Of(order.Lines[0], 4));

        Assert.Equal((1, 1), await bed.Counters(lamp));
        await bed.Balanced(lamp);
    }

    [Fact]
    public async Task What_was_left_of_a_cancelled_part_is_free_again()
    {
        var (lamp, _) = await bed.Stocked(5);
        var order = await Confirmed((lamp, 4));

        var rest = Of(order.Lines[0], 3);
        await bed.Batch(db => new OnPartCancelled(db).Handle(
            [new PartCancelled(order.OrderId, Guid.Empty, Guid.Empty, null, Guid.Empty, "seller", [rest], 0)], Ct));

        Assert.Equal((5, 1), await bed.Counters(lamp));
        await bed.Balanced(lamp);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<OrderPlaced> Confirmed(params (Guid OfferId, int Quantity)[] lines)
    {
        var order = InventoryBed.Order(lines);
        await bed.Place(order);
        await bed.Confirm(order);
        return order;
    }

    private Task Ship(OrderPlaced order, params LineQuantity[] pieces) =>
        bed.Batch(db => Shipped(db).Handle([Parcel(order, pieces)], Ct));

    private static OnPartShipped Shipped(Souk.Inventory.InventoryDb db) => new(db, NullLogger<OnPartShipped>.Instance);

    private static PartShipped Parcel(OrderPlaced order, params LineQuantity[] pieces) =>
        new(order.OrderId, Guid.Empty, Guid.Empty, null, Guid.Empty, null, null, pieces, Guid.CreateVersion7());

    private static LineQuantity Of(LineQuantity line, int quantity) => line with { Quantity = quantity };
}
