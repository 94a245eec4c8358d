using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Souk.Host;
using Souk.IntegrationTests.Flows;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Telemetry;

namespace Souk.IntegrationTests.Host;

/// <summary>P21: a machine whose clock is wrong, or is turned while it works, moves no money and no session.</summary>
[Trait("Shape", "one")]
public sealed class ClockTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);

    // Turned five minutes either way, back by three hours in mid-run, and off by more than a year.
    private static readonly TimeSpan[] Wrong = [TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(-5),
        TimeSpan.FromHours(-3), TimeSpan.FromDays(400)];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_clock_ends_nothing_early_or_late_and_takes_its_process_out_of_service()
    {
        await using var database = await TestDatabase.Required();
        var begun = await Now(database);
        await using var right = await Marketplace(database, new Clock());
        var first = await Trade(right, right);
        var usual = await Lives(database, 0, begun, await Now(database));

        var clock = new Clock { Ahead = Wrong[0] };
        await using var wrong = await Marketplace(database, clock);
        var (early, late, refused, orders) = (new List<string>(), new List<string>(), 0, new List<Guid>(first));
        foreach (var ahead in Wrong)
        {
            // The first is the clock it was started with; from then on it is turned while the process runs.
            clock.Ahead = ahead;
            var (from, since) = (await Value<long>(database, "select txid_current()"), await Now(database));
            orders.AddRange(await Trade(wrong, right));
            foreach (var (column, life) in await Lives(database, from, since, await Now(database)))
                if (usual.TryGetValue(column, out var known))
                {
                    if (life.LeastOfLongest > known.MostOfLongest + Leeway)
                        late.Add($"{ahead}: {column} {life}, usually {known}");
                    if (life.MostOfShortest < known.LeastOfShortest - Leeway)
                        early.Add($"{ahead}: {column} {life}, usually {known}");
                }
            refused += (await Health(wrong)).Status == HttpStatusCode.ServiceUnavailable ? 1 : 0;
        }

        var (status, problems) = await Health(wrong);
        using var live = await Guest(wrong).GetAsync("/health/live", Ct);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (status, live.StatusCode));
        Assert.Contains(problems, problem =>
            problem.Contains("seconds ahead of the database's", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await Health(right)).Status);
        clock.Ahead = TimeSpan.FromSeconds(20);
        Assert.Equal(HttpStatusCode.OK, (await Health(wrong)).Status);

        output.WriteLine(
            $"{Wrong.Length} wrong clocks, {usual.Count} columns of times: early {early.Count}, late {late.Count}; "
            + $"{orders.Count} orders, doubled ids {orders.Count - orders.Distinct().Count()}; not ready with {refused} of {Wrong.Length}: {problems[0]}");
        Assert.Empty(early);
        Assert.Empty(late);
        Assert.Equal(orders.Count, orders.Distinct().Count());
        Assert.Equal(Wrong.Length, refused);
        // What waits for a buyer still waits, though both processes have looked after it meanwhile.
        Assert.Equal(1 + Wrong.Length, await Value<long>(database,
            "select count(*) from orders.orders where status = 'awaiting_payment'"));
    }

    // Signs in, sells, buys and forgets a password at one process. What one gave the other takes too; answers the orders.
    private static async Task<Guid[]> Trade(WebApplication at, WebApplication other)
    {
        var street = new Street(() => Guest(at));
        var stall = await street.Seller();
        var lamp = await stall.Sells(1000, 10);
        await street.OnSale(lamp);
        var buyer = await street.Buyer();
        var bought = await buyer.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 1));
        var waiting = await buyer.Buys(HttpStatusCode.Accepted, ("card", "tok_3ds"), (lamp, 1));
        await Eventually(async () => Assert.NotEqual(
            JsonValueKind.Null, (await buyer.Read($"/orders/{bought.Id()}")).GetProperty("captured_at").ValueKind));

        var me = await buyer.Read("/profile/me");
        await buyer.Send("/profile/password-reset-request", new { email = me.Text("email") }, HttpStatusCode.Accepted);
        await stall.Http.Send($"/companies/{stall.CompanyId}/members",
            new { email = $"{Guid.CreateVersion7():N}@stalls.example", role = "clerk" }, HttpStatusCode.Accepted);
        foreach (var (from, to) in new[] { (at, other), (other, at), (at, at) })
        {
            var session = await Guest(from)
                .Send("/auth/login", new { email = me.Text("email"), password = Street.Password });
            var next = await Guest(to).Send("/auth/refresh-token",
                new { refresh_token = session.Text("refresh_token") });
            foreach (var token in new[] { session, next })
            {
                var client = Guest(to);
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer",
                    token.Text("access_token"));
                await client.Read("/profile/me");
            }
        }
        return [bought.Id(), waiting.Id()];
    }

    // For each column of times: how far ahead of its writing the earliest and the latest of them lie. When exactly it was
    // written nobody knows, but that it was in between these two moments.
    private static async Task<Dictionary<string,
        Life>> Lives(TestDatabase database, long from, DateTimeOffset since, DateTimeOffset until)
    {
        var columns = await database.Rows("""
            select format('%I.%I', table_schema, table_name), column_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
             where data_type = 'timestamp with time zone' and table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
            """, row => (Table: row.GetString(0), Column: row.GetString(1)));
        var statement = string.Join(" union all ", columns.Select(column => $"""
            select '{column.Table} {column.Column}', min({column.Column}), max({column.Column}) from {column.Table}
             where xmin::text::bigint >= {from} and isfinite({column.Column}) having count(*) > 0
            """));
        return (await database.Rows(statement, row =>
            (Column: row.GetString(0), Min: row.GetFieldValue<DateTimeOffset>(1),
            Max: row.GetFieldValue<DateTimeOffset>(2))))
            .ToDictionary(row => row.Column, row =>
                new Life(row.Min - until, row.Min - since, row.Max - until, row.Max - since));
    }

    private static async Task<(HttpStatusCode Status, IReadOnlyList<string> Problems)> Health(WebApplication app)
    {
        using var answer = await Guest(app).GetAsync("/health/ready", Ct);
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<HealthResponse>(Ct))!.Problems);
    }

    private static async Task<WebApplication> Marketplace(TestDatabase database, TimeProvider wall)
    {
        var settings = SoukServer.Settings(database.Owner, SoukServer.FreePort());
        settings["Internal:Urls"] = $"http://127.0.0.1:{SoukServer.FreePort()}";
        foreach (var (key, value) in Street.Settings)
            settings[key] = value;
        var builder = Souk.Host.Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        builder.Services.AddKeyedSingleton(DatabaseClock.Wall, wall);
        var app = Souk.Host.Marketplace.Build(builder);
        await app.Services.Migrate(Ct);
        await app.StartAsync(Ct);
        return app;
    }

    private static HttpClient Guest(WebApplication app) =>
        new() { BaseAddress = new Uri(app.Urls.First(url => !url.EndsWith('/'))), Timeout = TimeSpan.FromSeconds(60) };

    private static async Task<T> Value<T>(TestDatabase database, string sql) =>
        (await database.Rows(sql, row => row.GetFieldValue<T>(0))).Single();

    private static Task<DateTimeOffset> Now(TestDatabase database) =>
        Value<DateTimeOffset>(database, "select clock_timestamp()");

    private sealed record Life(TimeSpan LeastOfShortest, TimeSpan MostOfShortest, TimeSpan LeastOfLongest,
        TimeSpan MostOfLongest);

    /// <summary>The machine's clock, turned.</summary>
    private sealed class Clock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
