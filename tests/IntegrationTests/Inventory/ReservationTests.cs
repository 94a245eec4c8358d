using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;

namespace Souk.IntegrationTests.Inventory;

/// <summary>What the events of an order do to stock, one transaction after the other.</summary>
[Collection(nameof(InventoryBed))]
public class ReservationTests(InventoryBed bed)
{
    [Fact]
    public async Task Every_line_is_reserved_and_the_order_hears_until_when()
    {
        var (lamp, _) = await bed.Stocked(5);
        var (rug, _) = await bed.Stocked(3);
        var order = InventoryBed.Order((lamp, 2), (rug, 3));

        await bed.Place(order);

        Assert.Equal((5, 2), await bed.Counters(lamp));
        Assert.Equal((3, 3), await bed.Counters(rug));
        var reserved = Assert.Single(await bed.Published<StockReserved>(order.OrderId));
        var held = await bed.Query(
            "select extract(epoch from expires_at - now())::float8 from inventory.holds where order_id = $1", row => row.GetDouble(0), order.OrderId);
        Assert.InRange(Assert.Single(held), 15 * 60 - 30, 15 * 60);
        Assert.True(reserved.Until > DateTimeOffset.UnixEpoch);
        await bed.Balanced(lamp, rug);
    }

    [Fact]
    public async Task An_order_that_lacks_one_line_holds_nothing_and_every_lacking_line_is_named()
    {
        var (lamp, _) = await bed.Stocked(5);
        var (rug, _) = await bed.Stocked(1);
        var unknown = Guid.CreateVersion7();
        var order = InventoryBed.Order((lamp, 2), (rug, 3), (unknown, 1));

        await bed.Place(order);

        Assert.Equal((5, 0), await bed.Counters(lamp));
        Assert.Equal((1, 0), await bed.Counters(rug));
        var refused = Assert.Single(await bed.Published<StockRefused>(order.OrderId));
        Assert.Equal([(rug, 3, 1), (unknown, 1, 0)], refused.Missing.Select(m => (m.OfferId, m.Wanted, m.Available)));
        Assert.Empty(await bed.Query("select 1 from inventory.holds where order_id = $1", row => 1, order.OrderId));
        await bed.Balanced(lamp, rug);
    }

    [Fact]
    public async Task Two_lines_of_one_offer_never_pass_on_the_same_pieces()
    {
        var (lamp, _) = await bed.Stocked(5);
        var order = InventoryBed.Order((lamp, 3), (lamp, 3));

        await bed.Place(order);

        Assert.Equal((5, 0), await bed.Counters(lamp));
        var refused = Assert.Single(await bed.Published<StockRefused>(order.OrderId));
        Assert.Equal((order.Lines[1].LineId, 3, 2L), refused.Missing.Select(m => (m.LineId, m.Wanted, m.Available)).Single());
    }

    [Fact]
    public async Task Orders_of_one_batch_are_served_in_the_order_they_were_placed()
    {
        var (lamp, _) = await bed.Stocked(4);
        var (first, second, third) = (InventoryBed.Order((lamp, 3)), InventoryBed.Order((lamp, 2)), InventoryBed.Order((lamp, 1)));

        await bed.Place(first, second, third);

        Assert.Equal([first.OrderId, third.OrderId], (HashSet<Guid>)await bed.ReservedOf([first.OrderId, second.OrderId, third.OrderId]));
        Assert.Equal((4, 4), await bed.Counters(lamp));
        await bed.Balanced(lamp);
    }

    [Fact]
    public async Task A_line_is_gathered_from_several_warehouses_when_none_has_it_all()
    {
        var (lamp, warehouses) = await bed.Stocked(2, 4, 3);
        var whole = InventoryBed.Order((lamp, 4));
        await bed.Place(whole);
        var split = InventoryBed.Order((lamp, 4));
        await bed.Place(split);

        var taken = await bed.Query(
            "select order_id, warehouse_id, quantity from inventory.reservations where offer_id = $1 order by order_id, quantity",
            row => (row.GetGuid(0), Array.IndexOf(warehouses, row.GetGuid(1)), row.GetInt32(2)), lamp);
        Assert.Equal([(whole.OrderId, 1, 4), (split.OrderId, 0, 2), (split.OrderId, 2, 2)], taken);
        await bed.Balanced(lamp);
    }

    [Fact]
    public async Task A_warehouse_that_does_not_ship_sells_nothing()
    {
        var (lamp, warehouses) = await bed.Stocked(5);
        await bed.Batch(db =>
        {
            db.Run("update warehouses set active = false where id = $1", warehouses[0]);
            return Task.CompletedTask;
        });
        var order = InventoryBed.Order((lamp, 1));

        await bed.Place(order);

        Assert.Equal(0, Assert.Single(Assert.Single(await bed.Published<StockRefused>(order.OrderId)).Missing).Available);
    }

    [Fact]
    public async Task A_confirmed_order_keeps_its_pieces_when_the_time_is_over_and_an_unconfirmed_one_does_not()
    {
        var (lamp, _) = await bed.Stocked(5);
        var (confirmed, forgotten) = (Lapsing((lamp, 1)), Lapsing((lamp, 2)));
        await bed.Place(confirmed, forgotten);
        await bed.Confirm(confirmed);

        await bed.Expire();
        await bed.Expire();

        Assert.Equal((5, 1), await bed.Counters(lamp));
        Assert.Empty(await bed.Published<ReservationExpired>(confirmed.OrderId));
        Assert.Single(await bed.Published<ReservationExpired>(forgotten.OrderId));
        await bed.Balanced(lamp);
    }

    [Fact]
    public async Task A_confirmation_after_the_time_limit_takes_the_pieces_again()
    {
        var (lamp, _) = await bed.Stocked(5);
        var order = Lapsing((lamp, 3));
        await bed.Place(order);
        await bed.Expire();
        Assert.Equal((5, 0), await bed.Counters(lamp));

        await bed.Confirm(order);

        Assert.Equal((5, 3), await bed.Counters(lamp));
        Assert.Empty(await bed.Published<StockRefused>(order.OrderId));
        await bed.Balanced(lamp);
    }

    [Fact]
    public async Task A_confirmation_after_the_time_limit_is_refused_when_others_have_the_pieces()
    {
        var (lamp, _) = await bed.Stocked(3);
        var order = Lapsing((lamp, 3));
        await bed.Place(order);
        await bed.Expire();
        await bed.Place(InventoryBed.Order((lamp, 1)));

        await bed.Confirm(order);

        Assert.Equal((3, 1), await bed.Counters(lamp));
        Assert.Equal(2, Assert.Single(Assert.Single(await bed.Published<StockRefused>(order.OrderId)).Missing).Available);
        await bed.Balanced(lamp);
    }

    [Fact]
    public async Task An_order_that_awaits_its_payment_is_held_as_long_as_it_may_take()
    {
        var (lamp, _) = await bed.Stocked(3);
        var order = Lapsing((lamp, 3));
        await bed.Place(order);
        var deadline = TimeProvider.System.GetUtcNow().AddDays(3);
        await bed.Batch(db => new Souk.Inventory.Events.OnOrderAwaitsPayment(db).Handle(
            [new OrderAwaitsPayment(order.OrderId, deadline, new OrderAnswer(202, "{}"))], TestContext.Current.CancellationToken));

        await bed.Expire();

        Assert.Equal((3, 3), await bed.Counters(lamp));
    }

    [Fact]
    public async Task A_cancelled_order_gives_its_pieces_back_once()
    {
        var (lamp, _) = await bed.Stocked(1, 4);
        var order = InventoryBed.Order((lamp, 5));
        await bed.Place(order);
        await bed.Confirm(order);

        await bed.Cancel(order, order);
        await bed.Cancel(order);

        Assert.Equal((5, 0), await bed.Counters(lamp));
        await bed.Balanced(lamp);
    }

    [Fact]
    public async Task Shipping_turns_the_reservation_into_a_sale_and_leaves_the_other_lines()
    {
        var (lamp, _) = await bed.Stocked(5);
        var (rug, _) = await bed.Stocked(5);
        var order = InventoryBed.Order((lamp, 2), (rug, 3));
        await bed.Place(order);
        await bed.Confirm(order);

        await bed.Ship(order with { Lines = [order.Lines[0]] });
        Assert.Equal((3, 0), await bed.Counters(lamp));
        Assert.Equal((5, 3), await bed.Counters(rug));

        await bed.Cancel(order);
        Assert.Equal((3, 0), await bed.Counters(lamp));
        Assert.Equal((5, 0), await bed.Counters(rug));
        await bed.Balanced(lamp, rug);
    }

    [Fact]
    public async Task Small_changes_of_plenty_wait_for_the_sweep_and_the_last_pieces_are_told_at_once()
    {
        var (plenty, _) = await bed.Stocked(1000);
        var (few, _) = await bed.Stocked(21);

        await bed.Place(InventoryBed.Order((plenty, 10), (few, 2)));

        Assert.Equal([1000], (await bed.Published<AvailabilityChanged>(plenty)).Select(e => e.Available));
        Assert.Equal([(21, 1), (19, 2)], (await bed.Published<AvailabilityChanged>(few)).Select(e => (e.Available, e.Version)));

        await bed.Sweep();
        await bed.Sweep();

        Assert.Equal([(1000, 1), (990, 2)], (await bed.Published<AvailabilityChanged>(plenty)).Select(e => (e.Available, e.Version)));
    }

    private static OrderPlaced Lapsing(params (Guid OfferId, int Quantity)[] lines) =>
        InventoryBed.Order(lines) with { ReserveFor = TimeSpan.FromSeconds(-1) };
}
