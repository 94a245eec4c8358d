using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Npgsql;
using Souk.IntegrationTests.Caching;
using Souk.IntegrationTests.Notifications;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// P16: what the program depends on is slow, or dead, or says nothing. Every fault lasts until each request that was sent meanwhile
/// has its answer, so that none of them can have waited for its end.
/// </summary>
[Collection("crashes")]
public sealed class SlowDependencyTests(ITestOutputHelper output)
{
    // Threads come and go. A pool keeps for minutes what it opened, and not each wave of requests takes the same; held
    // would be one for each of those that met a fault, and they are more than a hundred.
    private const int ThreadsSlack = 8;
    private const int ConnectionsSlack = 40;
    private static readonly TimeSpan LastsAtLeast = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan ReadDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WriteDeadline = TimeSpan.FromSeconds(4);

    // Half a second is promised, and printed. A build server stands still for seconds by itself.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(5);
    private static readonly Fault[] Faults = [Fault.Late, Fault.Dribbles, Fault.Hangs, Fault.Loses, Fault.Resets];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_waits_for_Redis()
    {
        await using var redis = await RedisServer.Required();
        await using var network = new FaultProxy(redis.Port);
        await using var database = await TestDatabase.Required();
        await using var market = await Market.Open(database, database.Owner, new()
        {
            ["Redis:Configuration"] = $"127.0.0.1:{network.Port}",
            // Every request asks it how many there were.
            ["Souk:Http:LimitLoopback"] = "true", ["Souk:Http:RequestsPerMinuteMax"] = "1000000",
        });
        foreach (var fault in Faults)
        {
            var outage = await Outage(
                market, $"Redis-{fault}", () => network.Open, () => network.Set(fault), () => network.Set(Fault.None),
                IsSlow(fault) ? null : async () => Assert.True(await IsAway()),
                async () => Assert.False(await IsAway()));
            outage.GoesOn();
        }
        await Settles(market);

        async Task<bool> IsAway() =>
            (await market.Ready()).Contains("Redis does not answer", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_waits_for_the_mail_server()
    {
        await using var smtp = new SmtpServer();
        await using var network = new FaultProxy(smtp.Port);
        await using var database = await TestDatabase.Required();
        await using var market = await Market.Open(database, database.Owner, new()
        {
            ["Mail:Host"] = "127.0.0.1", ["Mail:Port"] = $"{network.Port}", ["Mail:Tls"] = "false",
            ["Mail:Timeout"] = "00:00:02", ["Mail:PerSecondMax"] = "1000",
        });
        foreach (var fault in Faults)
        {
            var outage = await Outage(
                market, $"SMTP-{fault}", () => network.Open, () => network.Set(fault), () => network.Set(Fault.None),
                IsSlow(fault) ? null : async () => Assert.NotEmpty(await database.Rows(
                    "select 1 from notifications.mails where status = 'queued' and error is not null",
                    row => row.GetInt32(0))),
                async () => Assert.Empty(await Unsent(database)));
            outage.GoesOn();
        }
        await Settles(market);
    }

    [Fact]
    public async Task Nobody_waits_for_the_payment_gateway()
    {
        await using var database = await TestDatabase.Required();
        await using var market = await Market.Open(
            database, database.Owner, new() { ["Payments:GatewayTimeout"] = "00:00:01" });
        await using var books = new NpgsqlConnection(database.Owner + ";Pooling=false");
        await books.OpenAsync(Ct);
        // The books of the built-in gateway are taken: whatever it is asked, it says nothing.
        var outage = await Outage(
            market, "gateway", () => 0,
            () => Run(books, "begin; lock table gateway_simulator.charges in access exclusive mode"),
            () => Run(books, "rollback"),
            async () => Assert.NotEmpty(await database.Rows(
                "select 1 from payments.operations where kind = 'authorize' and attempts > 1", row => row.GetInt32(0))),
            market.BuysAgain);
        outage.GoesOn();
        // None of them could be paid meanwhile; all of them are in the end, and nobody had to ask.
        var bought = outage.Answers.Where(answer => answer.Kind == "POST /orders");
        Assert.All(bought, answer => Assert.Equal(HttpStatusCode.Accepted, answer.Status));
        await Eventually(async () => Assert.Equal(
            ["confirmed"], await database.Rows("select distinct status from orders.orders", row => row.GetString(0))));
        await Settles(market);
    }

    [Fact]
    public async Task Nobody_waits_for_a_database_behind_a_bad_network()
    {
        await using var database = await TestDatabase.Required();
        var direct = new NpgsqlConnectionStringBuilder(database.Owner);
        await using var network = new FaultProxy(direct.Port);
        direct.Port = network.Port;
        await using var market = await Market.Open(database, direct.ConnectionString, new()
        {
            ["Souk:Http:ReadDeadline"] = $"{ReadDeadline}", ["Souk:Http:WriteDeadline"] = $"{WriteDeadline}",
            ["Souk:Http:AnswerWait"] = "00:00:02",
        });
        foreach (var fault in Faults)
        {
            var outage = await Outage(
                market, $"Postgres-{fault}", () => network.Open,
                () => network.Set(fault), () => network.Set(Fault.None),
                IsSlow(fault) ? null : async () => Assert.Equal(
                    HttpStatusCode.ServiceUnavailable, await market.Health("ready")),
                market.BuysAgain);
            Assert.All(outage.Answers, answer => Assert.True(answer.IsDone || answer.IsRefusal, $"{answer}"));
            Assert.True(IsSlow(fault) || outage.Answers.Any(answer => answer.IsRefusal));
            Assert.DoesNotContain(outage.Answers, answer => answer.Took > DeadlineOf(answer) + Late);
            Assert.DoesNotContain(outage.Live, status => status != HttpStatusCode.OK);
        }
        await Settles(market);
    }

    private static TimeSpan DeadlineOf(TimedAnswer answer) =>
        answer.Kind.StartsWith("GET", StringComparison.Ordinal) ? ReadDeadline : WriteDeadline;

    private static bool IsSlow(Fault fault) => fault is Fault.Late or Fault.Dribbles;

    // What became of what was asked while something lasted.
    private async Task<During> Outage(
        Market market, string name, Func<int> held, Action begins, Action ends, Func<Task>? isNoticed,
        Func<Task> isNormal)
    {
        var (threads, connections) = (market.Threads, await market.Connections() + held());
        begins();
        var began = Stopwatch.GetTimestamp();
        var asked = market.Wave(name);
        var (live, ready) = (new List<HttpStatusCode>(), new List<HttpStatusCode>());
        while (!asked.IsCompleted || Stopwatch.GetElapsedTime(began) < LastsAtLeast)
        {
            live.Add(await market.Health("live"));
            ready.Add(await market.Health("ready"));
            await Task.Delay(100, Ct);
        }
        var during = new During(await asked, live, ready);
        var (threadsMax, connectionsMax) = (market.Threads, await market.Connections() + held());
        if (isNoticed is not null)
            await Eventually(isNoticed);
        ends();
        var ended = Stopwatch.GetTimestamp();
        await Eventually(isNormal);
        output.WriteLine(
            $"{name,-19} {TimedAnswer.Summary(during.Answers)}; live {Statuses(live)}, ready {Statuses(ready)}, "
            + $"normal after {Stopwatch.GetElapsedTime(ended).TotalSeconds:0.0} s");
        output.WriteLine(
            $"{"",-19} threads {threads} before, {threadsMax} meanwhile; "
            + $"connections {connections} before, {connectionsMax} meanwhile");
        return during;
    }

    // What was held for those who waited is given back.
    private async Task Settles(Market market)
    {
        var (threads, connections) = market.Before;
        await Eventually(async () =>
        {
            var (threadsNow, connectionsNow) = (market.Threads, await market.Connections());
            Assert.True(
                threadsNow <= threads + ThreadsSlack && connectionsNow <= connections + ConnectionsSlack,
                $"{threadsNow} threads, {connectionsNow} connections");
        });
        output.WriteLine(
            $"threads {threads} at first, {market.Threads} in the end; "
            + $"connections {connections} and {await market.Connections()}");
        await market.EachOrderIsThereOnce();
    }

    private static string Statuses(List<HttpStatusCode> statuses) =>
        string.Join(" ", statuses.CountBy(status => (int)status).Select(status => $"{status.Key}: {status.Value}"));

    // What waits for its next try is due, so that the test need not wait for it. What is under way is left:
    // the lease of it ends 15 seconds after its time is over.
    private static async Task<List<string>> Unsent(TestDatabase database) => await database.Rows("""
        with due as (
            update notifications.mails set next_try_at = now()
             where status = 'queued' and next_try_at < now() + interval '14 seconds')
        select status || ': ' || coalesce(error, '') from notifications.mails where status <> 'sent'
        """, row => row.GetString(0));

    private static void Run(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private sealed record During(TimedAnswer[] Answers, List<HttpStatusCode> Live, List<HttpStatusCode> Ready)
    {
        /// <summary>Nobody noticed anything.</summary>
        public void GoesOn()
        {
            Assert.All(Answers, answer => Assert.True(answer.IsDone, $"{answer}"));
            Assert.DoesNotContain(Live, status => status != HttpStatusCode.OK);
            Assert.DoesNotContain(Ready, status => status != HttpStatusCode.OK);
        }
    }

    /// <summary>A marketplace, and people who do a bit of everything there.</summary>
    private sealed class Market : IAsyncDisposable
    {
        private const int Buyers = 4;
        private readonly List<(int Buyer, string Key)> orders = [];
        private readonly TestDatabase database;
        private readonly SoukProcess souk;
        private readonly Street street;
        private (HttpClient Http, string Email)[] buyers = [];
        private Guid lamp;
        private Guid product;

        private Market(TestDatabase database, SoukProcess souk)
        {
            (this.database, this.souk) = (database, souk);
            // What is answered later than this is not answered at all.
            street = new Street(() => new HttpClient { BaseAddress = souk.Url, Timeout = TimeSpan.FromMinutes(1) });
        }

        public (int Threads, long Connections) Before { get; private set; }

        public int Threads => souk.Threads;

        public static async Task<Market> Open(
            TestDatabase database, string connection, Dictionary<string, string?> settings)
        {
            var all = new Dictionary<string, string?>(Street.Settings)
            {
                ["Souk:Http:AnswerWait"] = "00:00:03", ["Orders:PendingMax"] = "00:10:00",
            };
            foreach (var (name, value) in settings)
                all[name] = value;
            var market = new Market(database, new SoukProcess(connection, all));
            await market.Fill();
            return market;
        }

        public async Task<long> Connections() => (await database.Rows(
            """
            select count(*) from pg_stat_activity
             where datname = current_database() and application_name like '%souk-%'
            """, row => row.GetInt64(0))).Single();

        public async Task<HttpStatusCode> Health(string what)
        {
            using var http = souk.Client();
            using var answer = await http.GetAsync($"/health/{what}", Ct);
            return answer.StatusCode;
        }

        public async Task<string> Ready()
        {
            using var http = souk.Client();
            using var answer = await http.GetAsync("/health/ready", Ct);
            return await answer.Content.ReadAsStringAsync(Ct);
        }

        public async Task<TimedAnswer[]> Wave(string name) =>
            await Task.WhenAll(Enumerable.Range(0, Buyers).SelectMany(n => OfOne(n, name)));

        public async Task BuysAgain() =>
            Assert.Equal(HttpStatusCode.Created, (await Buy(0, $"afterwards-{Guid.CreateVersion7()}")).Status);

        /// <summary>Nobody knows of what was refused whether it was done. Its key does: sent again it is done once.</summary>
        public async Task EachOrderIsThereOnce()
        {
            foreach (var (buyer, key) in orders)
                await Eventually(async () => Assert.True((await Again(buyer, key)).IsDone));
            for (var n = 0; n < Buyers; n++)
                Assert.Equal(
                    orders.Count(order => order.Buyer == n),
                    (await buyers[n].Http.Read("/orders?limit=100")).GetProperty("data").GetArrayLength());
            var (exit, verified) = await souk.Command("verify");
            Assert.True(exit == 0, verified);
        }

        public ValueTask DisposeAsync() => souk.DisposeAsync();

        private async Task Fill()
        {
            await souk.Start();
            lamp = await (await street.Seller()).Sells(1000, 1000);
            await street.OnSale(lamp);
            await Eventually(async () =>
                product = (await street.Guest().Read("/products")).GetProperty("data")[0].Id());
            buyers = await Task.WhenAll(Enumerable.Range(0, Buyers).Select(async _ =>
            {
                var email = $"{Guid.CreateVersion7():N}@buyers.example";
                return (await street.Buyer(email), email);
            }));
            Assert.All(await Wave("before"), answer => Assert.True(answer.IsDone, $"{answer}"));
            Before = (Threads, await Connections());
        }

        private Task<TimedAnswer>[] OfOne(int n, string name)
        {
            var (http, email) = buyers[n];
            return
            [
                Buy(n, name),
                TimedAnswer.Of("GET /products/{id}", () => http.GetAsync($"/products/{product}", Ct)),
                TimedAnswer.Of("GET /products", () => http.GetAsync($"/products?q={Guid.CreateVersion7():N}", Ct)),
                TimedAnswer.Of("GET /orders", () => http.GetAsync("/orders", Ct)),
                TimedAnswer.Of("PUT /cart", () => http.PutAsJsonAsync("/cart", new { Shopping.Contact }, Ct)),
                TimedAnswer.OfLogin(http, email),
            ];
        }

        private Task<TimedAnswer> Buy(int buyer, string key)
        {
            orders.Add((buyer, key));
            return Again(buyer, key);
        }

        private Task<TimedAnswer> Again(int buyer, string key) => TimedAnswer.OfOrder(buyers[buyer].Http, key, lamp);
    }
}
