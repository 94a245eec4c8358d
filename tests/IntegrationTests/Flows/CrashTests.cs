using System.Diagnostics;
using Souk.Carts;
using Souk.Inventory;
using Souk.Orders;
using Souk.Payments;
using Souk.Platform.Events;

namespace Souk.IntegrationTests.Flows;

/// <summary>Runs when the other tests are done: its processes need the machine.</summary>
[CollectionDefinition("crashes", DisableParallelization = true)]
public sealed class Crashes;

/// <summary>
/// P6: no order is left half-made. The process that serves the whole marketplace is killed at every boundary of the
/// saga, with the step undone and with it done, and started again; every order has to come to its end by itself.
/// </summary>
[Collection("crashes")]
public sealed class CrashTests(ITestOutputHelper output)
{
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(60);

    // A row is a kill. Its orders come to their boundaries one after the other, each by parts of the marketplace that
    // do not stand still yet, and then all of them die at once. What a handler publishes is committed with what it did,
    // so before and after the publishing is before and after the commit; what HTTP and jobs write has its place in the
    // log by a commit of the relay's own, and what workers write goes into the log at once.
    private static readonly (Story Story, string[] Spots)[][] Kills =
    [
        // What begins by a request.
        [
            (Story.Cart, ["carts.outbox insert CheckoutStarted"]),
            (Story.Cancel, ["orders.outbox insert OrderCancelled"]),
            (Story.CancelPart, ["orders.outbox insert PartCancelled"]),
            (Story.Lower, ["orders.outbox insert PiecesTakenOff"]),
            (Story.Add, ["orders.outbox insert OrderPlaced"]),
            (Story.PayAddition, ["payments.outbox insert PaymentRetried"]),
            (Story.Ship, ["orders.outbox insert PartShipped"]),
            (Story.Deliver, ["orders.outbox insert PartDelivered"]),
            (Story.Return, ["orders.outbox insert GoodsReturned"]),
        ],
        // The relays.
        [
            (Story.Expire, ["inventory.log insert ReservationExpired"]),
            (Story.PayAddition, ["payments.log insert PaymentRetried"]),
            (Story.Cancel, ["orders.log insert OrderCancelled"]),
            (Story.Buy, ["carts.log insert CheckoutStarted"]),
        ],
        // The calls of the gateway, and what its pages and webhooks say.
        [
            (Story.Buy, ["gateway_simulator.charges update captured"]),
            (Story.Declined, ["gateway_simulator.charges insert declined"]),
            (Story.LetGo, ["gateway_simulator.charges update voided"]),
            (Story.PaySlip, ["payments.log insert PaymentsAuthorized"]),
        ],
        [
            (Story.Buy, ["gateway_simulator.charges insert authorized"]),
            (Story.Cancel, ["gateway_simulator.charges update captured"]),
            (Story.CancelPart, ["inventory handles PartCancelled", "payments handles PartCancelled"]),
        ],
        [
            (Story.Redirect, ["gateway_simulator.charges insert requires_action"]),
            (Story.Lower, ["inventory handles PiecesTakenOff", "payments handles RefundDue"]),
        ],
        [
            (Story.Redirect, [.. All("OrderAwaitsPayment")]),
            (Story.AgreeToRedirect, ["gateway_simulator.charges update authorized"]),
        ],
        [
            (Story.PaySlip, ["payments.webhooks insert"]),
            (Story.Slip, ["payments.log insert PaymentActionRequired"]),
            (Story.Buy, ["inventory handles OrderPlaced"]),
        ],
        // The answers of the gateway, applied by a worker.
        [
            (Story.Voucher, ["payments.log insert PaymentsAuthorized"]),
            (Story.Buy, ["orders handles StockReserved"]),
        ],
        [
            (Story.Buy, ["payments.log insert PaymentCaptured"]),
            (Story.NoStock, ["inventory handles OrderPlaced"]),
        ],
        [
            (Story.Declined, ["payments.log insert PaymentDeclined"]),
            (Story.Expire, ["orders handles ReservationExpired"]),
        ],
        [
            (Story.Cancel, ["payments.log insert PaymentRefunded"]),
            (Story.PayAddition, ["orders handles PaymentRetried"]),
        ],
        [
            (Story.CaptureFails, ["payments.log insert CaptureFailed"]),
            (Story.NoStock, ["orders handles StockRefused"]),
        ],
        [
            (Story.LetGo, ["payments.log insert PaymentsVoided"]),
            (Story.Add, ["orders handles StockReserved"]),
        ],
        // The handlers.
        [
            (Story.Buy, ["payments handles PaymentDue"]),
            (Story.Ship, ["inventory handles PartShipped"]),
            (Story.Buy, ["orders handles CheckoutStarted"]),
        ],
        [
            (Story.Return, ["inventory handles GoodsReturned"]),
            (Story.Deliver, ["payments handles PartDelivered"]),
            (Story.AgreeToRedirect, ["orders handles PaymentsAuthorized"]),
        ],
        [(Story.Cart, [.. All("OrderConfirmed")])],
        [(Story.CartDeclined, [.. All("OrderRefused")])],
        [(Story.Cancel, [.. All("OrderCancelled")])],
        [(Story.Buy, ["orders handles PaymentCaptured"])],
        [(Story.Cancel, ["orders handles PaymentRefunded"])],
        [(Story.CaptureFails, ["orders handles CaptureFailed"])],
        [(Story.LetGo, ["orders handles PaymentsVoided"])],
        // By time: the jobs.
        [
            (Story.Unpaid, ["orders.outbox insert OrderCancelled"]),
            (Story.Redirect, ["orders handles PaymentActionRequired"]),
        ],
        [
            (Story.Uncaptured, ["orders.outbox insert OrderCancelled"]),
            (Story.Declined, ["orders handles PaymentDeclined"]),
        ],
        [
            (Story.Expire, ["inventory.outbox insert ReservationExpired"]),
            (Story.ReturnRefunded, ["orders handles RefundSkipped"]),
        ],
        [(Story.Stuck, ["orders.outbox insert OrderRefused"])],
    ];

    [Fact]
    public void Every_handler_of_an_event_about_an_order_has_its_kills()
    {
        var handlers = Handlers().ToArray();
        var spots = Kills.SelectMany(kill => kill).SelectMany(order => order.Spots).ToHashSet();
        Assert.NotEmpty(handlers);
        Assert.Empty(handlers.Except(spots));
    }

    // A start keeps one core busy for seconds, so two marketplaces die in turn of half of the boundaries each.
    [Fact]
    public async Task Whenever_the_process_dies_every_order_comes_to_its_end()
    {
        var halves = await Task.WhenAll(
            Kills.Index().GroupBy(each => each.Index % 2, each => each.Item).Select(KillAt));

        var sales = halves.SelectMany(half => half.Sales).ToArray();
        foreach (var sale in sales)
            output.WriteLine(
                $"{sale.Story.Name,-24} {string.Join(", ", sale.Spots),-50} {(sale.Done ? "done" : "undone"),-6} "
                + $"ended {sale.Ended}");
        var (took, starts) = (halves.Max(half => half.Took), halves.SelectMany(half => half.Starts).ToArray());
        var boundaries = sales.SelectMany(sale => sale.Spots.Select(spot => (sale.Story, spot))).Distinct().Count();
        output.WriteLine(
            $"{boundaries} boundaries, among them all {Handlers().Count()} handlers of events about orders, before and "
            + $"after: {starts.Length} kills, {sales.Length} orders, 0 half-made; ready after at most "
            + $"{starts.Max().TotalSeconds:0.0} s, the last came to its end {took.TotalSeconds:0.0} s after the last start.");
        Assert.Equal(2 * Kills.Length, starts.Length);
        Assert.True(took <= EndMax, $"It took {took}.");
    }

    private static async Task<(List<Sale> Sales, List<TimeSpan> Starts, TimeSpan Took)> KillAt(
        IEnumerable<(Story Story, string[] Spots)[]> kills)
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, Street.Settings);
        await souk.Start();
        await using var boundaries = new Boundaries(database);
        await boundaries.Plant();
        var scene = await Scene.Open(souk, database);

        var (sales, starts) = (new List<Sale>(), new List<TimeSpan>());
        try
        {
            foreach (var kill in kills)
                foreach (var done in new[] { false, true })
                {
                    Sale[] dying = [.. kill.Select(order => new Sale(scene, order.Story, order.Spots, done))];
                    sales.AddRange(dying);
                    starts.Add(await Crash(souk, boundaries, dying));
                }

            var restarted = Stopwatch.GetTimestamp();
            await Parallel.ForEachAsync(
                sales, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (sale, _) => await sale.End(EndMax));
            await Eventually(() => AllIsWell(database), EndMax);
            var took = Stopwatch.GetElapsedTime(restarted);
            var (exit, verified) = await souk.Command("verify");
            Assert.True(exit == 0, verified);
            return (sales, starts, took);
        }
        finally
        {
            foreach (var sale in sales)
                await sale.DisposeAsync();
        }
    }

    // Answers how long the next start took.
    private static async Task<TimeSpan> Crash(SoukProcess souk, Boundaries boundaries, Sale[] sales)
    {
        await Task.WhenAll(sales.Select(sale => sale.Story.Before(sale)));
        var begun = new List<Task>();
        foreach (var sale in sales)
        {
            await boundaries.Arm(sale.Spots);
            begun.Add(sale.Begin());
            await boundaries.Reached(sale.Spots);
        }
        await souk.Kill();
        await boundaries.Release(sales[0].Done);
        await Task.WhenAll(begun);
        foreach (var sale in sales)
            await sale.LetGo();
        var started = Stopwatch.GetTimestamp();
        await souk.Start();
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task AllIsWell(TestDatabase database)
    {
        // The money: what the gateway holds is what the order says, and that is what became of its pieces.
        Assert.Empty(await database.Rows("""
            select format('%s: %s open, %s - %s of %s, due back %s',
                          o.status, g.open, g.captured, g.refunded, o.total_minor, due)
              from orders.orders o,
                   lateral (select count(*) filter (where c.state not in ('captured', 'declined', 'voided')) as open,
                                   coalesce(sum(c.captured_minor), 0) as captured,
                                   coalesce(sum(c.refunded_minor), 0) as refunded
                              from payments.payments p join gateway_simulator.charges c on c.key = p.id
                             where p.order_id = o.id) as g,
                   lateral (select coalesce((select sum(total_minor) from orders.order_parts
                                              where order_id = o.id and status = 'cancelled'), 0)
                                   + coalesce((select sum(refund_minor) from orders.piece_moves
                                                where order_id = o.id), 0) as due) as r
             where not case when o.status = 'cancelled' then g.open = 0 and g.captured = g.refunded
                            when o.status in ('pending', 'awaiting_payment', 'capture_failed') then false
                            else g.open = 0 and g.captured = o.total_minor and o.captured_at is not null
                                 and g.refunded = due and o.refunded_minor = due end
            """, row => row.GetString(0)));
        // The pieces: reserved is what was sold and neither left nor was taken off.
        Assert.Empty(await database.Rows("""
            select s.offer_id from inventory.stock s
             where s.reserved <> (
                    select coalesce(sum(l.quantity - coalesce((
                               select sum(m.quantity) from orders.piece_moves m
                                where m.order_id = l.order_id and m.line_id = l.id), 0)), 0)
                      from orders.order_lines l join orders.orders o on o.id = l.order_id
                      join orders.order_parts p on p.order_id = l.order_id and p.id = l.part_id
                     where l.offer_id = s.offer_id and o.status <> 'cancelled' and p.status = 'confirmed')
            """, row => row.GetGuid(0)));
        Assert.Empty(await database.Rows("select order_id from inventory.holds", row => row.GetGuid(0)));
        // The seller: what arrived can be paid out. The coupon: used as often as somebody bought with it.
        Assert.Empty(await database.Rows("""
            select p.order_id from orders.order_parts p
             where p.status in ('delivered', 'partly_returned', 'returned')
               and not exists (select 1 from payments.earnings e
                                where (e.order_id, e.company_id) = (p.order_id, p.company_id))
            """, row => row.GetGuid(0)));
        Assert.Empty(await database.Rows("""
            select p.code from carts.promotions p left join carts.promotion_counts n on n.promotion_id = p.id
             where coalesce(n.used, 0) <> (select count(*) from orders.orders o
                                            where p.code = any(o.coupon_codes) and o.status <> 'cancelled')
            """, row => row.GetString(0)));
        Assert.Empty(await database.Rows(
            "select id from orders.returns where status <> 'refunded'", row => row.GetGuid(0)));
        Assert.Empty(await database.Rows(
            "select order_id from payments.ledger_entries group by order_id having sum(amount_minor) <> 0",
            row => row.GetGuid(0)));
        foreach (var service in new[] { "inventory", "carts", "orders", "payments" })
            Assert.Equal(0, (await database.Rows(
                $"select (select count(*) from {service}.parked) + (select count(*) from {service}.outbox)",
                row => row.GetInt64(0))).Single());
    }

    // One event, three services: they come to their boundaries side by side.
    private static IEnumerable<string> All(string type) =>
        new[] { "carts", "inventory", "payments" }.Select(service => $"{service} handles {type}");

    /// <summary>
    /// Each handler of the services that sell, of each event about an order. Mails follow the saga; none of it waits for them.
    /// </summary>
    private static IEnumerable<string> Handlers() =>
        from module in (Type[])[typeof(CartsModule), typeof(InventoryModule), typeof(OrdersModule), typeof(PaymentsModule)]
        from type in module.Assembly.GetTypes()
        from contract in type.GetInterfaces()
        where contract.IsGenericType
        let how = contract.GetGenericTypeDefinition()
        where how == typeof(IHandle<>) || how == typeof(IHandleBatch<>)
        let handled = contract.GenericTypeArguments[0]
        where handled.GetProperty("OrderId") is not null
        select $"{module.Namespace!.Split('.')[^1].ToLowerInvariant()} handles {handled.Name}";
}
