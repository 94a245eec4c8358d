using FsCheck;
using FsCheck.Fluent;
using Souk.Contracts.Orders;
using Souk.Inventory;
using Souk.Inventory.Domain;

namespace Souk.IntegrationTests.Inventory;

/// <summary>
/// Random lives of an offer on the real database, beside a model that is three numbers: after every step the counters are the
/// model's, the fold of the movements and the sum of the reservations, also where pieces are kept back or sold before they are there.
/// </summary>
[Collection(nameof(InventoryBed))]
public class StockModelTests(InventoryBed bed, ITestOutputHelper output)
{
    private enum Step
    {
        Receive,
        Adjust,
        Place,
        PlaceTwoLines,
        Confirm,
        Cancel,
        Ship,
        Expire,
        Rule,
    }

    [Fact]
    public void Whatever_happens_the_counters_are_the_fold_of_the_movements()
    {
        var steps = (from step in Gen.Elements(Enum.GetValues<Step>()) from n in Gen.Choose(1, 9) select (Step: step, Number: n)).NonEmptyListOf();
        var (lives, moves) = (0, 0);

        Prop.ForAll(steps.ToArbitrary(), life =>
        {
            Live([.. life]).GetAwaiter().GetResult();
            lives++;
            moves += life.Count;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

        output.WriteLine($"{lives} lives of an offer, {moves} steps, counters = fold of movements = model after each");
    }

    private async Task Live((Step Step, int Number)[] life)
    {
        var (offer, warehouses) = await bed.Stocked(4, 3);
        var (onHand, claimed, allowance) = (7L, 0L, 0L);
        var (waiting, confirmed) = (new List<OrderPlaced>(), new List<OrderPlaced>());
        foreach (var (step, n) in life)
        {
            switch (step)
            {
                case Step.Receive:
                    await Move(n);
                    onHand += n;
                    break;
                case Step.Adjust:
                    onHand += await Move(-n);
                    break;
                case Step.Place or Step.PlaceTwoLines:
                    var order = step == Step.Place ? InventoryBed.Order((offer, n)) : InventoryBed.Order((offer, n), (offer, 1));
                    var wanted = order.Lines.Sum(line => line.Quantity);
                    await bed.Place(order);
                    var took = (await bed.ReservedOf([order.OrderId])).Count == 1;
                    Assert.Equal(wanted <= onHand - claimed + allowance, took);
                    if (took)
                    {
                        claimed += wanted;
                        waiting.Add(order);
                    }
                    break;
                case Step.Confirm when waiting.Count > 0:
                    await bed.Confirm(waiting[0]);
                    confirmed.Add(waiting[0]);
                    waiting.RemoveAt(0);
                    break;
                case Step.Cancel when (confirmed.Count > 0 ? confirmed : waiting) is [var gone, ..] all:
                    await bed.Cancel(gone);
                    claimed -= gone.Lines.Sum(line => line.Quantity);
                    all.RemoveAt(0);
                    break;
                case Step.Ship when confirmed.Count > 0:
                    var waited = await bed.Backordered(offer);
                    await bed.Ship(confirmed[^1]);
                    var sent = confirmed[^1].Lines.Sum(line => line.Quantity);
                    // What left before it was booked in came in.
                    var booked = (await bed.Query(
                        """
                        select coalesce(sum(on_hand_change), 0)::bigint from inventory.movements
                         where order_id = $1 and kind = 'adjust'
                        """,
                        row => row.GetInt64(0), confirmed[^1].OrderId))[0];
                    Assert.InRange(booked, 0, waited);
                    (onHand, claimed) = (onHand - sent + booked, claimed - sent);
                    confirmed.RemoveAt(confirmed.Count - 1);
                    break;
                case Step.Expire:
                    await bed.Query(
                        "update inventory.holds set expires_at = now() where order_id = any($1)", _ => 0, waiting.Select(o => o.OrderId).ToArray());
                    await bed.Expire();
                    claimed -= waiting.Sum(o => o.Lines.Sum(line => line.Quantity));
                    waiting.Clear();
                    break;
                case Step.Rule:
                    allowance = n - 5;
                    await bed.Allow(offer, allowance);
                    break;
            }
            var (there, reserved) = await bed.Counters(offer);
            Assert.Equal((onHand, claimed), (there, reserved + await bed.Backordered(offer)));
            await bed.Balanced(offer);
        }

        async Task<long> Move(long change)
        {
            await bed.Batch(async db =>
            {
                var stock = await LockedStock.Of(db, [offer], TestContext.Current.CancellationToken);
                var shelf = stock.Shelf(offer, warehouses[Math.Abs(change) % 2])!;
                change = Math.Max(change, -shelf.Free);
                if (change != 0)
                    stock.Move(shelf, change, new MovementNote(change > 0 ? MovementKind.In : MovementKind.Adjust));
                stock.Write();
            });
            return change;
        }
    }
}
