using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

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

    // Every commit of a story that another step waits for. What is published is committed with what it says, so
    // before and after the publishing is before and after the commit; what HTTP writes has its place in the log by a
    // commit of its own.
    private static readonly (Story Story, string Spot)[] All =
    [
        (Story.Buy, "carts.outbox insert CheckoutStarted"),
        (Story.Buy, "carts.log insert CheckoutStarted"),
        (Story.Buy, "orders.log insert OrderPlaced"),
        (Story.Buy, "inventory.log insert StockReserved"),
        (Story.Buy, "orders.log insert PaymentDue"),
        (Story.Buy, "gateway_simulator.charges insert authorized"),
        (Story.Buy, "payments.log insert PaymentsAuthorized"),
        (Story.Buy, "orders.log insert OrderConfirmed"),
        (Story.Buy, "carts.idempotency update"),
        (Story.Buy, "inventory.holds delete"),
        (Story.Buy, "gateway_simulator.charges update captured"),
        (Story.Buy, "payments.ledger_entries insert"),
        (Story.Buy, "payments.log insert PaymentCaptured"),
        (Story.Buy, "orders.timeline insert payment_captured"),
        (Story.Declined, "gateway_simulator.charges insert declined"),
        (Story.Declined, "payments.log insert PaymentDeclined"),
        (Story.Declined, "orders.log insert OrderRefused"),
        (Story.Declined, "inventory.reservations delete"),
        (Story.NoStock, "inventory.log insert StockRefused"),
        (Story.NoStock, "orders.log insert OrderRefused"),
        (Story.Cancel, "orders.outbox insert OrderCancelled"),
        (Story.Cancel, "orders.log insert OrderCancelled"),
        (Story.Cancel, "inventory.reservations delete"),
        (Story.Cancel, "gateway_simulator.charges update captured"),
        (Story.Cancel, "payments.log insert PaymentRefunded"),
        // What is added to an order goes the way of an order; only how it begins is its own.
        (Story.Add, "orders.outbox insert OrderPlaced"),
        (Story.Add, "orders.log insert OrderAwaitsPayment"),
    ];

    private enum Story
    {
        Buy,
        Declined,
        NoStock,
        Cancel,
        Add,
    }

    // A start keeps one core busy for seconds, so two marketplaces die in turn of half of the boundaries each.
    [Fact]
    public async Task Whenever_the_process_dies_every_order_comes_to_its_end()
    {
        var halves = await Task.WhenAll(All.Index().GroupBy(each => each.Index % 2, each => each.Item).Select(KillAt));

        var sales = halves.SelectMany(half => half.Sales).ToArray();
        foreach (var sale in sales)
            output.WriteLine($"{sale.Story,-8} {sale.Spot,-46} {(sale.Done ? "done" : "undone"),-6} ready after {sale.Ready.TotalSeconds:0.0} s, ended {sale.Ended}");
        var took = halves.Max(half => half.Took);
        output.WriteLine($"{All.Length} boundaries, {sales.Length} kills, 0 orders half-made; the last came to its end {took.TotalSeconds:0.0} s after the last start.");
        Assert.Equal(2 * All.Length, sales.Length);
        Assert.True(took <= EndMax, $"It took {took}.");
    }

    private static async Task<(List<Sale> Sales, TimeSpan Took)> KillAt(IEnumerable<(Story Story, string Spot)> all)
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, Street.Settings);
        await souk.Start();
        await using var boundaries = new Boundaries(database);
        await boundaries.Plant();
        var street = new Street(souk.Client);
        var stall = await street.Seller();
        var (lamp, none) = (await stall.Sells(1000, 10_000), await stall.Sells(1000, 1));
        await street.OnSale(lamp, none);
        // Carts believes that there are more than there are: the reservation has to refuse.
        await database.Rows("update carts.availability set available = 1000, version = 1000000 where offer_id = $1", row => 0, none);

        var sales = new List<Sale>();
        foreach (var (story, spot) in all)
            foreach (var done in new[] { false, true })
            {
                var buyer = story == Story.Add ? await street.Buyer() : street.Guest();
                var sale = new Sale(story, spot, done, Guid.CreateVersion7().ToString(), buyer);
                sales.Add(await Crash(souk, boundaries, sale, lamp, none));
            }

        var restarted = Stopwatch.GetTimestamp();
        foreach (var sale in sales)
            await End(souk, sale, lamp, none);
        await Eventually(() => AllIsWell(database), EndMax);
        var took = Stopwatch.GetElapsedTime(restarted);
        var (exit, verified) = await souk.Command("verify");
        Assert.True(exit == 0, verified);
        return (sales, took);
    }

    private static async Task<Sale> Crash(SoukProcess souk, Boundaries boundaries, Sale sale, Guid lamp, Guid none)
    {
        using var http = souk.Client();
        if (sale.Story == Story.Cancel)
        {
            sale.Answer = await Answers.Body(await Buy(http, sale, lamp, none), HttpStatusCode.Created);
            await Eventually(async () => Assert.NotEqual(
                JsonValueKind.Null, (await http.Holding(sale.Answer.Value).Read($"/orders/{sale.Answer.Value.Id()}")).GetProperty("captured_at").ValueKind));
        }
        if (sale.Story == Story.Add)
            sale.Answer = await Bought(sale.Buyer, lamp);
        await boundaries.Arm(sale.Spot);
        var request = Quietly(() => sale.Story switch
        {
            Story.Cancel => http.DeleteAsync($"/orders/{sale.Answer!.Value.Id()}"),
            Story.Add => Raise(sale),
            _ => Buy(http, sale, lamp, none),
        });
        await boundaries.Reached($"{sale.Story}: {sale.Spot}");
        await souk.Kill();
        await boundaries.Release(sale.Done);
        await request;
        var started = Stopwatch.GetTimestamp();
        await souk.Start();
        sale.Ready = Stopwatch.GetElapsedTime(started);
        return sale;
    }

    // The buyer never got an answer and asks again, with the same key.
    private static async Task End(SoukProcess souk, Sale sale, Guid lamp, Guid none)
    {
        using var http = souk.Client();
        if (sale.Story == Story.Cancel)
        {
            http.Holding(sale.Answer!.Value);
            var id = sale.Answer.Value.Id();
            if ((await http.Read($"/orders/{id}")).Text("status") != "cancelled")
                await http.Remove($"/orders/{id}");
            sale.Ended = (await http.Read($"/orders/{id}")).Text("status");
            Assert.Equal("cancelled", sale.Ended);
            return;
        }
        if (sale.Story == Story.Add)
        {
            sale.Ended = await EndAddition(sale);
            return;
        }
        HttpStatusCode expected = sale.Story switch { Story.Declined => HttpStatusCode.PaymentRequired, Story.NoStock => HttpStatusCode.Conflict, _ => HttpStatusCode.Created };
        await Eventually(
            async () =>
            {
                var answer = await Answers.Body(await Buy(http, sale, lamp, none), expected);
                Assert.NotEqual("still_running", answer.TryGetProperty("code", out var code) ? code.GetString() : null);
                sale.Ended = $"{(int)expected} {(code.ValueKind == JsonValueKind.String ? code.GetString() : answer.Text("status"))}";
            },
            EndMax);
    }

    private static async Task<JsonElement> Bought(HttpClient buyer, Guid lamp)
    {
        var order = await buyer.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 1));
        await Eventually(async () => Assert.NotEqual(
            JsonValueKind.Null, (await buyer.Read($"/orders/{order.Id()}")).GetProperty("captured_at").ValueKind));
        return order;
    }

    private static Task<HttpResponseMessage> Raise(Sale sale)
    {
        var order = sale.Answer!.Value;
        var line = order.GetProperty("parts")[0].GetProperty("lines")[0].Id();
        return sale.Buyer.PutAsJsonAsync(
            $"/orders/{order.Id()}", new { lines = new[] { new { line_id = line, quantity = 2 } } });
    }

    // The same edit once more adds nothing that is there; then it is paid.
    private static async Task<string> EndAddition(Sale sale)
    {
        using (var again = await Raise(sale))
            Assert.True(again.IsSuccessStatusCode, $"{again.StatusCode}");
        var order = await sale.Buyer.Read($"/orders/{sale.Answer!.Value.Id()}");
        var addition = Assert.Single(order.GetProperty("additions").EnumerateArray()).Id();
        await Eventually(
            async () =>
            {
                using var payment = new HttpRequestMessage(HttpMethod.Post, "/payments")
                {
                    Content = JsonContent.Create(new { order_id = addition, method = "card", token = "tok_success" }),
                };
                payment.Headers.Add("Idempotency-Key", sale.Key);
                using var answer = await sale.Buyer.SendAsync(payment);
                // Refused answers are stored with their key, too: another try is another request.
                sale.Key = answer.IsSuccessStatusCode ? sale.Key : Guid.CreateVersion7().ToString();
                Assert.Equal("confirmed", (await sale.Buyer.Read($"/orders/{addition}")).Text("status"));
            },
            EndMax);
        return "202 confirmed";
    }

    private static async Task AllIsWell(TestDatabase database)
    {
        Assert.Empty(await database.Rows("""
            select o.status || ' ' || coalesce(c.state, 'no charge')
              from orders.orders o left join payments.payments p on p.order_id = o.id left join gateway_simulator.charges c on c.key = p.id
             where not case o.status when 'confirmed' then c.state = 'captured' and c.captured_minor - c.refunded_minor = o.total_minor and o.captured_at is not null
                            when 'cancelled' then c.key is null or (c.state <> 'authorized' and c.captured_minor = c.refunded_minor)
                            else false end
            """, row => row.GetString(0)));
        Assert.Empty(await database.Rows("""
            select s.offer_id from inventory.stock s
             where s.reserved <> (select coalesce(sum(l.quantity), 0) from orders.order_lines l join orders.orders o on o.id = l.order_id
                                   where l.offer_id = s.offer_id and o.status = 'confirmed')
            """, row => row.GetGuid(0)));
        Assert.Empty(await database.Rows(
            "select order_id from payments.ledger_entries group by order_id having sum(amount_minor) <> 0", row => row.GetGuid(0)));
        foreach (var service in new[] { "inventory", "carts", "orders", "payments" })
            Assert.Equal(0, (await database.Rows(
                $"select (select count(*) from {service}.parked) + (select count(*) from {service}.outbox)", row => row.GetInt64(0))).Single());
    }

    private static Task<HttpResponseMessage> Buy(HttpClient http, Sale sale, Guid lamp, Guid none) => http.Order(
        sale.Key, [(sale.Story == Story.NoStock ? none : lamp, sale.Story == Story.NoStock ? 2 : 1)], TestContext.Current.CancellationToken,
        ("card", sale.Story == Story.Declined ? "tok_declined" : "tok_success"));

    // A process that has just started on a slow machine may be too slow for its own time limits: then the buyer asks again.
    private static async Task Quietly(Func<Task<HttpResponseMessage>> request)
    {
        try
        {
            while ((await request()).StatusCode >= HttpStatusCode.InternalServerError)
                await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException)
        {
            // Its server was killed: that is the point.
        }
    }

    private sealed record Sale(Story Story, string Spot, bool Done, string FirstKey, HttpClient Buyer)
    {
        public string Key { get; set; } = FirstKey;
        public JsonElement? Answer { get; set; }
        public TimeSpan Ready { get; set; }
        public string? Ended { get; set; }
    }
}
