using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// P15: far more is asked at once than the program takes. What it does not take it refuses, with 429 or 503, a reason and when to
/// come again; what it takes is right; and when the flood is over it serves as before.
/// </summary>
public sealed class OverloadTests(ITestOutputHelper output)
{
    private const int Buyers = 4;
    private const int OrdersOfEach = 30;
    private const int LoginsOfEach = 15;
    private const int SearchesOfEach = 25;
    private const int Reads = 500;
    private const int RequestsPerMinuteMax = 300;
    private const int Scarce = 10;

    // For whoever asks it is a hang: the deadlines are a minute and less.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_too_much_is_refused_and_what_is_taken_is_right()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, new(Street.Settings)
        {
            // One caller, the hashing of passwords, connections of the catalogue: each has a limit, and each is passed.
            ["Souk:Http:LimitLoopback"] = "true", ["Souk:Http:RequestsPerMinuteMax"] = $"{RequestsPerMinuteMax}",
            ["Identity:PasswordIterations"] = "200000", ["Identity:HashingParallelism"] = "1",
            ["Identity:HashingQueue"] = "4",
            // An order that took long is not given up: what comes of each is compared in the end.
            ["Orders:PendingMax"] = "00:10:00",
            ["Souk:PoolSizeMax"] = "4", ["Souk:Http:ReadDeadline"] = "00:00:03",
        });
        await souk.Start();
        var street = new Street(() => new HttpClient { BaseAddress = souk.Url, Timeout = Hang });
        var stall = await Patiently(street.Seller);
        var (lamp, scarce) = (await stall.Sells(1000, 1000), await stall.Sells(1000, Scarce));
        await Eventually(() => street.OnSale(lamp, scarce));
        var buyers = new List<Buyer>();
        for (var n = 0; n < Buyers; n++)
            buyers.Add(await Patiently(() => Buyer.Of(street, n, lamp, scarce)));

        // A table of the catalogue is taken: whoever searches waits for a connection. Those who buy must not notice.
        await using var taken = await Take(database, "catalog.listings");
        using var guest = street.Guest();
        var started = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(
        [
            .. buyers.SelectMany(buyer => buyer.Orders.Select(order => Ask("POST /orders", () => buyer.Send(order)))),
            .. buyers.SelectMany(buyer => Enumerable.Range(0, SearchesOfEach)
                .Select(n => Ask("GET /products?q=", () => buyer.Search(n)))),
            .. buyers.SelectMany(buyer => Enumerable.Range(0, LoginsOfEach)
                .Select(_ => Ask("POST /auth/login", buyer.SignIn))),
            .. Enumerable.Range(0, Reads).Select(_ => Ask("GET /products", () => guest.GetAsync("/products", Ct))),
        ]);
        var took = Stopwatch.GetElapsedTime(started);
        await taken.DisposeAsync();

        foreach (var kind in answers.GroupBy(answer => answer.Kind))
        {
            var counts = kind.CountBy(one => $"{(int)one.Status} {one.Code}".Trim()).OrderBy(one => one.Key);
            output.WriteLine($"{kind.Key,-17} {string.Join(", ", counts.Select(one => $"{one.Key}: {one.Value}"))}");
        }
        Assert.Empty(answers.Select(answer => answer.Wrong).OfType<string>().Distinct());
        var refused = answers.Count(answer => (int)answer.Status is 429 or 503);
        output.WriteLine(
            $"{answers.Length} requests at once: {answers.Length - refused} taken, {refused} refused, "
            + $"in {took.TotalSeconds:0.0} s, the longest {answers.Max(answer => answer.Took.TotalSeconds):0.0} s");
        // Each limit was passed, or it was no flood.
        (string, int)[] limits = [("GET /products", 429), ("POST /auth/login", 429), ("GET /products?q=", 503)];
        foreach (var (kind, status) in limits)
            Assert.Contains(answers, answer => answer.Kind == kind && (int)answer.Status == status);
        Assert.Contains(answers, answer => answer is { Kind: "POST /orders", Status: HttpStatusCode.Created });

        await Afterwards(souk, database, stall, buyers);
    }

    // Nobody who was refused has lost anything: the same order is sent again, and all of them end as they would have
    // without the flood.
    private async Task Afterwards(SoukProcess souk, TestDatabase database, Stall stall, List<Buyer> buyers)
    {
        var acknowledged = buyers.Sum(buyer => buyer.Acknowledged.Count);
        foreach (var buyer in buyers)
            foreach (var order in buyer.Orders)
                await Eventually(async () =>
                {
                    using var answer = await buyer.Send(order);
                    // An order that was accepted with 202 stays so, and is to be asked.
                    var text = await answer.Content.ReadAsStringAsync(Ct);
                    Assert.True((int)answer.StatusCode is 201 or 202 or 409, text);
                });
        var there = new Dictionary<Guid, string>();
        await Eventually(async () =>
        {
            foreach (var buyer in buyers)
                foreach (var order in (await buyer.Http.Read("/orders?limit=100")).GetProperty("data").EnumerateArray())
                    there[order.Id()] = order.Text("status")!;
            Assert.DoesNotContain("pending", there.Values);
        });
        var missing = buyers.SelectMany(buyer => buyer.Acknowledged).Count(id => !there.ContainsKey(id));
        var confirmed = there.Values.Count(status => status == "confirmed");
        var reserved = new List<long>();
        foreach (var offer in buyers[0].Offers)
        {
            var stock = await stall.Http.Read($"/stock-levels?offer_id={offer}");
            reserved.Add(stock.GetProperty("data")[0].GetProperty("reserved").GetInt64());
        }
        output.WriteLine(
            $"{acknowledged} orders acknowledged in the flood, {missing} missing; {confirmed} confirmed in the end, "
            + $"{reserved[0]} and {reserved[1]} pieces reserved, of {Scarce} scarce ones");
        const int Asked = Buyers * OrdersOfEach / 2;
        Assert.Equal((0, Asked + Scarce, (long)Asked, (long)Scarce), (missing, confirmed, reserved[0], reserved[1]));
        using var signedIn = await buyers[0].SignIn();
        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        var (exit, verified) = await souk.Command("verify");
        Assert.True(exit == 0, verified);
    }

    // Until it is given back.
    private static async Task<NpgsqlConnection> Take(TestDatabase database, string table)
    {
        var alone = new NpgsqlConnectionStringBuilder(database.Owner) { Pooling = false };
        var connection = new NpgsqlConnection(alone.ConnectionString);
        await connection.OpenAsync(Ct);
        await using var take = new NpgsqlCommand($"begin; lock table {table} in access exclusive mode", connection);
        await take.ExecuteNonQueryAsync(Ct);
        return connection;
    }

    // What is wrong with the answer; null when it is one that is promised.
    private static async Task<Answer> Ask(string kind, Func<Task<HttpResponseMessage>> send)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await send();
            var text = await answer.Content.ReadAsStringAsync(Ct);
            var took = Stopwatch.GetElapsedTime(started);
            if (answer.IsSuccessStatusCode)
                return new Answer(kind, answer.StatusCode, "", took, null);
            var isProblem = answer.Content.Headers.ContentType?.MediaType == "application/problem+json";
            var code = isProblem ? JsonElement.Parse(text).Text("code")! : "";
            var isPromised = (kind, (int)answer.StatusCode, code) switch
            {
                (_, 429 or 503, not "") => answer.Headers.RetryAfter is not null,
                ("POST /orders", 409, "out_of_stock" or "order_not_ready") => true,
                _ => false,
            };
            var wrong = isPromised ? null : $"{kind}: {(int)answer.StatusCode} {answer.Headers} {text}";
            return new Answer(kind, answer.StatusCode, code, took, wrong);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return new Answer(kind, 0, e.GetType().Name, Stopwatch.GetElapsedTime(started), $"{kind}: {e.Message}");
        }
    }

    private static async Task<T> Patiently<T>(Func<Task<T>> work)
    {
        T? result = default;
        await Eventually(async () => result = await work());
        return result!;
    }

    private sealed record Answer(string Kind, HttpStatusCode Status, string Code, TimeSpan Took, string? Wrong);

    /// <summary>Wants one lamp with each order: of every two one of those that are scarce.</summary>
    private sealed class Buyer(HttpClient http, string email, int n, Guid lamp, Guid scarce)
    {
        public static async Task<Buyer> Of(Street street, int n, Guid lamp, Guid scarce)
        {
            var email = $"{Guid.CreateVersion7():N}@buyers.example";
            return new Buyer(await street.Buyer(email), email, n, lamp, scarce);
        }

        public HttpClient Http => http;

        public Guid[] Offers => [lamp, scarce];

        public (string Key, Guid Offer)[] Orders { get; } =
            [.. Enumerable.Range(0, OrdersOfEach).Select(i => ($"order-{i}-of-buyer-{n}", i % 2 == 0 ? lamp : scarce))];

        public ConcurrentBag<Guid> Acknowledged { get; } = [];

        public async Task<HttpResponseMessage> Send((string Key, Guid Offer) order)
        {
            var answer = await http.Order(order.Key, [(order.Offer, 1)], Ct, ("card", "tok_success"));
            if (answer.IsSuccessStatusCode)
                Acknowledged.Add((await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).Id());
            return answer;
        }

        /// <summary>As somebody who is signed in, whose requests are counted apart from the guests'.</summary>
        public Task<HttpResponseMessage> SignIn() =>
            http.PostAsJsonAsync("/auth/login", new { email, password = Street.Password }, Ct);

        /// <summary>For something that nobody searched for before.</summary>
        public Task<HttpResponseMessage> Search(int what) => http.GetAsync($"/products?q=lamp{what}", Ct);
    }
}
