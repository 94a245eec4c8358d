using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Souk.Bench.Chaos;

/// <summary>
/// Requests of every kind at a steady rate, to every service, each on a connection of its own and none repeated: what the
/// marketplace does not answer is a failure.
/// </summary>
internal sealed class Traffic(Uri address, Market market, (string CompanyId, string Key) seller)
{
    private const int FailuresMax = 10;
    private readonly ConcurrentQueue<(string Kind, string Answer, bool Failed, TimeSpan Took)> done = new();
    private readonly ConcurrentQueue<string> failures = new();
    private readonly HttpClient http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero })
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(30),
    };
    private (string Id, string Token)? order;

    public int Failed => done.Count(each => each.Failed);

    /// <summary>Some of them, with what was answered.</summary>
    public IEnumerable<string> Failures => failures.Take(FailuresMax);

    /// <summary>Goes on until it is told to stop, and until there were so many.</summary>
    public async Task Run(int rate, int requests, CancellationToken enough)
    {
        var started = Stopwatch.GetTimestamp();
        var all = new List<Task>();
        for (var n = 0; n < requests || !enough.IsCancellationRequested; n++)
        {
            var early = TimeSpan.FromSeconds((double)n / rate) - Stopwatch.GetElapsedTime(started);
            if (early > TimeSpan.Zero)
                await Task.Delay(early, CancellationToken.None);
            all.Add(One(n));
        }
        await Task.WhenAll(all);
    }

    /// <summary>A line of a table for each kind.</summary>
    public IEnumerable<string> Rows()
    {
        foreach (var kind in done.GroupBy(each => each.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => kind.ToList()).Append([.. done]))
        {
            var times = kind.Select(each => each.Took.TotalMilliseconds).Order().ToList();
            var answers = kind.CountBy(each => each.Answer).OrderBy(answer => answer.Key, StringComparer.Ordinal).Select(answer => $"{answer.Key}: {answer.Value:#,0}");
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"| {(kind.Count == done.Count ? "all" : kind[0].Kind)} | {kind.Count:#,0} | {string.Join(", ", answers)} | {kind.Count(each => each.Failed)} | {times[times.Count / 2]:0} | {times[times.Count * 99 / 100]:0} | {times[^1]:0} |");
        }
    }

    private async Task One(int n)
    {
        var (kind, request) = Next(n);
        var started = Stopwatch.GetTimestamp();
        string answer, said;
        var failed = true;
        try
        {
            using (request)
            using (var response = await http.SendAsync(request))
            {
                said = await response.Content.ReadAsStringAsync();
                answer = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
                failed = !response.IsSuccessStatusCode;
            }
            if (kind == Order && answer == "201")
                order = ((string)JsonNode.Parse(said)!["id"]!, (string)JsonNode.Parse(said)!["order_token"]!);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            (answer, said) = ("none", e.Message);
        }
        done.Enqueue((kind, answer, failed, Stopwatch.GetElapsedTime(started)));
        if (failed)
            failures.Enqueue($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {kind}: {answer} {said[..Math.Min(200, said.Length)]}");
    }

    private const string Order = "POST /orders";

    // Of twenty: nine reads of the catalogue, four adds, two orders, and five reads that ask the other services.
    private (string Kind, HttpRequestMessage Request) Next(int n) => (n % 20) switch
    {
        < 7 => ("GET /products/{id}", Get($"/products/{market.Products[n % market.Products.Count]}")),
        < 9 => ("GET /products", Get(market.ListPaths[n % market.ListPaths.Count])),
        < 13 => ("POST /cart", Post("/cart", new() { ["lines"] = new JsonArray(Line(n)) })),
        < 15 => (Order, WithKey(n, Post("/orders", new()
        {
            ["lines"] = new JsonArray(Line(n), Line(n + 1)),
            ["contact"] = Buyers.Contact(n),
            ["payments"] = new JsonArray(new JsonObject { ["method"] = "card", ["token"] = "tok_success" }),
        }))),
        15 when order is { } last => ("GET /orders/{id}", With("X-Order-Token", last.Token, Get($"/orders/{last.Id}"))),
        16 when order is { } last => ("GET /payments", With("X-Order-Token", last.Token, Get($"/payments?order_id={last.Id}"))),
        17 => ("GET /mailbox.json", Get($"/mailbox.json?to=buyer-{n}@bench.example")),
        18 => ("GET /companies/{id}/shops", With("X-Api-Key", seller.Key, Get($"/companies/{seller.CompanyId}/shops"))),
        _ => ("GET /stock-levels", With("X-Api-Key", seller.Key, Get($"/stock-levels?offer_id={market.Offers[0]}"))),
    };

    private JsonObject Line(int n) => new() { ["offer_id"] = market.Offers[n % market.Offers.Count], ["quantity"] = 1 };

    private static HttpRequestMessage Get(string path) => new(HttpMethod.Get, path);

    private static HttpRequestMessage Post(string path, JsonObject body) => new(HttpMethod.Post, path) { Content = JsonContent.Create(body) };

    private static HttpRequestMessage WithKey(int n, HttpRequestMessage request) => With("Idempotency-Key", $"order-{n}", request);

    private static HttpRequestMessage With(string header, string value, HttpRequestMessage request)
    {
        request.Headers.Add(header, value);
        return request;
    }
}
