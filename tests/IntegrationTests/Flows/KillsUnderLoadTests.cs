using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// P10 and P18: the process is killed again and again while many buy. What was acknowledged is there afterwards, byte
/// for byte, a retry gets the same answer, and no start needs a hand.
/// </summary>
[Collection("crashes")]
public sealed class KillsUnderLoadTests(ITestOutputHelper output)
{
    private const int Kills = 10;
    private const int Buyers = 8;
    private const int Seed = 20261121;

    [Fact]
    public async Task What_was_acknowledged_is_there_after_ten_kills_under_load()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, Street.Settings);
        await souk.Start();
        var street = new Street(souk.Client);
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 1_000_000);
        await street.OnSale(lamp);

        var acknowledged = new ConcurrentBag<(string Key, HttpStatusCode Status, string Body)>();
        var sent = 0;
        using var stop = new CancellationTokenSource();
        var buyers = Enumerable.Range(0, Buyers).Select(_ => Task.Run(async () =>
        {
            using var http = souk.Client();
            while (!stop.IsCancellationRequested)
            {
                var key = Guid.CreateVersion7().ToString();
                Interlocked.Increment(ref sent);
                try
                {
                    using var answer = await http.Order(key, [(lamp, 1)], CancellationToken.None, ("card", "tok_success"));
                    if (answer.IsSuccessStatusCode)
                        acknowledged.Add((key, answer.StatusCode, await answer.Content.ReadAsStringAsync(CancellationToken.None)));
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    // The server is dead at the moment.
                    await Task.Delay(50, CancellationToken.None);
                }
            }
        })).ToArray();

        var random = new Random(Seed);
        var starts = new List<double>();
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(random.Next(300, 1500), TestContext.Current.CancellationToken);
            await souk.Kill();
            var started = Stopwatch.GetTimestamp();
            await souk.Start();
            starts.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Task.WhenAll(buyers);

        var (missing, differing) = await Ask(souk, lamp, acknowledged);
        starts.Sort();
        output.WriteLine($"seed {Seed}: {Kills} kills, {sent} orders sent, {acknowledged.Count} acknowledged, {missing} missing, {differing} answered differently on a retry");
        output.WriteLine($"ready after {starts[0]:0.0} s at best, {starts[starts.Count / 2]:0.0} s usually, {starts[^1]:0.0} s at worst (bar: 5 s)");
        Assert.True(acknowledged.Count >= Kills, "Nobody could buy between the kills.");
        Assert.Equal((0, 0), (missing, differing));

        // And nothing is left half-made: every order there is came to its end, once for each key.
        await Eventually(async () => Assert.Empty(await database.Rows("""
            select o.id from orders.orders o left join payments.payments p on p.order_id = o.id left join gateway_simulator.charges c on c.key = p.id
             where o.status not in ('confirmed', 'cancelled')
                or (o.status = 'confirmed' and (c.state is distinct from 'captured' or o.captured_at is null))
                or (o.status = 'cancelled' and c.state = 'authorized')
            """, row => row.GetGuid(0))), TimeSpan.FromSeconds(70));
        var (orders, reserved) = (await database.Rows("""
            select (select count(*) from orders.orders where status = 'confirmed'), (select sum(reserved)::bigint from inventory.stock where offer_id = $1)
            """, row => (row.GetInt64(0), row.GetInt64(1)), lamp)).Single();
        Assert.Equal(orders, reserved);
        var (exit, verified) = await souk.Command("verify");
        Assert.True(exit == 0, verified);
        output.WriteLine($"{orders} orders confirmed in the end, {reserved} pieces reserved");
    }

    // Every acknowledged order is read by its token, and its request sent again.
    private static async Task<(int Missing, int Differing)> Ask(
        SoukProcess souk, Guid lamp, IEnumerable<(string Key, HttpStatusCode Status, string Body)> acknowledged)
    {
        var (missing, differing) = (0, 0);
        using var http = souk.Client();
        using var buyer = souk.Client(); // A key belongs to who sent it: to a guest without any token.
        foreach (var (key, status, body) in acknowledged)
        {
            var order = JsonElement.Parse(body);
            using var read = await http.Holding(order).GetAsync($"/orders/{order.Id()}", TestContext.Current.CancellationToken);
            missing += read.IsSuccessStatusCode ? 0 : 1;
            using var again = await buyer.Order(key, [(lamp, 1)], TestContext.Current.CancellationToken, ("card", "tok_success"));
            var replayed = again.Headers.Contains("Idempotent-Replayed")
                && again.StatusCode == status && await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken) == body;
            differing += replayed ? 0 : 1;
        }
        return (missing, differing);
    }
}
