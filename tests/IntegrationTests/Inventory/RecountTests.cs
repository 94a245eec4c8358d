using Souk.Host.Commands;

namespace Souk.IntegrationTests.Inventory;

/// <summary><c>souk stock recount</c>: counters that drifted are found, and put right from movements and reservations.</summary>
[Collection(nameof(InventoryBed))]
public class RecountTests(InventoryBed bed)
{
    [Fact]
    public async Task Counters_that_drifted_are_found_first_and_put_right_when_asked_to()
    {
        var (lamp, warehouses) = await bed.Stocked(5, 4);
        var order = InventoryBed.Order((lamp, 3));
        await bed.Place(order);
        await bed.Query("""
            update inventory.stock set on_hand = on_hand + 7, reserved = reserved + 2 where warehouse_id = $1
            """, _ => 0, warehouses[0]);
        await bed.Query("delete from inventory.stock where warehouse_id = $1", _ => 0, warehouses[1]);

        var (found, said) = await Recount(apply: false);
        Assert.Equal(1, found);
        Assert.Contains(
            $"offer {lamp} in warehouse {warehouses[0]}: 12 on hand and 5 claimed; the movements say 5 and 3, the reservations 3",
            said, StringComparison.Ordinal);
        Assert.Contains("souk stock recount --apply", said, StringComparison.Ordinal);
        Assert.Equal((12, 5), await bed.Counters(lamp));

        Assert.Equal(0, (await Recount(apply: true)).ExitCode);
        Assert.Equal((9, 3), await bed.Counters(lamp));
        await bed.Balanced(lamp);
        Assert.Equal(2,
            (await bed.Query("""
                select 1 from inventory.audit where action = 'stock.recount' and entity_id = $1 and reason = 'test'
                """, _ => 1, lamp)).Count);
        Assert.Equal(0, (await Recount(apply: false)).ExitCode);
    }

    [Fact]
    public async Task Claims_without_a_reservation_are_given_back_and_those_without_pieces_wait()
    {
        var (lamp, warehouses) = await bed.Stocked(2);
        var (order, lost) = (InventoryBed.Order((lamp, 1)), InventoryBed.Order((lamp, 1)));
        await bed.Place(order, lost);
        await bed.Query("delete from inventory.reservations where order_id = $1", _ => 0, lost.OrderId);
        await bed.Query("update inventory.reservations set quantity = 3 where order_id = $1", _ => 0, order.OrderId);

        Assert.Equal(0, (await Recount(apply: true)).ExitCode);

        Assert.Equal((2, 2), await bed.Counters(lamp));
        Assert.Equal(1, await bed.Backordered(lamp));
        await bed.Balanced(lamp);
        await bed.Cancel(order);
        Assert.Equal((2, 0), await bed.Counters(lamp));
    }

    private async Task<(int ExitCode, string Output)> Recount(bool apply)
    {
        var output = new StringWriter();
        var exitCode = await RecountStock.Run(
            bed.Services, apply, "test", output, output, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString());
    }
}
