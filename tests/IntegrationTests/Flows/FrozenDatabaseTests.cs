using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// P16: the database stands still, with all its connections open. Every request has its answer when its time is over; the
/// process lives and says that it is not ready; and when the database goes on, so does everything else.
/// </summary>
[Collection("crashes")]
public sealed class FrozenDatabaseTests(ITestOutputHelper output)
{
    private const int Buyers = 20;
    private const int ReadsOfEach = 3;

    // Threads of the pool and connections come and go.
    private const int Slack = 8;
    private static readonly TimeSpan ReadDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WriteDeadline = TimeSpan.FromSeconds(3);
    // Half a second is promised, and five until it is known; how long it takes is printed. A build server stands still for
    // seconds by itself, and what is told apart here is who ends by itself from who waits for the database.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HealthMax = TimeSpan.FromSeconds(10);
    // Longer than those who work in the background wait for an answer.
    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(25);

    // For whoever asks it is one.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_request_outlasts_its_deadline_and_everything_goes_on_afterwards()
    {
        await using var database = await PostgresServer.Required();
        await using var souk = new SoukProcess(database.Owner, new(Street.Settings)
        {
            ["Souk:Http:ReadDeadline"] = $"{ReadDeadline}", ["Souk:Http:WriteDeadline"] = $"{WriteDeadline}",
            ["Souk:Http:AnswerWait"] = "00:00:02", ["Orders:PendingMax"] = "00:10:00",
        });
        await souk.Start();
        var street = new Street(() => new HttpClient { BaseAddress = souk.Url, Timeout = Hang });
        var lamp = await (await street.Seller()).Sells(1000, 1000);
        await street.OnSale(lamp);
        var buyers = await Task.WhenAll(Enumerable.Range(0, Buyers).Select(_ => street.Buyer()));
        await Wave(buyers, lamp, "order-0");
        var (threads, connections) = (souk.Threads, await database.Connections());

        await database.Hang();
        var hung = Stopwatch.GetTimestamp();
        var health = Health(souk, hung);
        var answers = new List<TimedAnswer>();
        var (threadsMax, waves) = (0, 0);
        while (Stopwatch.GetElapsedTime(hung) < Frozen)
        {
            answers.AddRange(await Wave(buyers, lamp, $"order-{++waves}"));
            threadsMax = Math.Max(threadsMax, souk.Threads);
        }
        var (dead, notReady) = await health;
        await database.GoOn();
        var wentOn = Stopwatch.GetTimestamp();
        await Eventually(async () => Assert.Equal(HttpStatusCode.OK, (await Ask(souk, "/health/ready")).Status));
        var ready = Stopwatch.GetElapsedTime(wentOn);
        await Eventually(async () => Assert.Equal(HttpStatusCode.Created, (await Buy(buyers[0], lamp, "afterwards")).Status));
        var bought = Stopwatch.GetElapsedTime(wentOn);

        foreach (var kind in answers.GroupBy(answer => answer.Kind))
            output.WriteLine(
                $"{kind.Key,-13} {kind.Count()} requests, the longest {kind.Max(one => one.Took.TotalSeconds):0.00} s: "
                + string.Join(", ", kind.CountBy(one => $"{(int)one.Status} {one.Code}").Select(one => $"{one.Key}: {one.Value}")));
        output.WriteLine(
            $"not ready after {notReady.TotalSeconds:0.0} s, {dead} times not alive; after it went on ready in {ready.TotalSeconds:0.0} s, "
            + $"the next order in {bought.TotalSeconds:0.0} s");
        // At its deadline, or at once where too many wait already.
        Assert.All(answers, answer => Assert.True(answer is { IsRefusal: true, Code: "too_slow" or "busy" }, $"{answer}"));
        Assert.DoesNotContain(answers, answer => answer.Took > (IsRead(answer) ? ReadDeadline : WriteDeadline) + Late);
        Assert.Equal(0, dead);
        Assert.All([notReady, ready, bought], time => Assert.True(time < HealthMax));

        await EachOrderIsThereOnce(buyers, lamp, waves);
        await Eventually(async () =>
        {
            var (threadsNow, connectionsNow) = (souk.Threads, await database.Connections());
            Assert.True(threadsNow <= threads + Slack && connectionsNow <= connections + Slack, $"{threadsNow} threads, {connectionsNow} connections");
        });
        output.WriteLine(
            $"threads {threads} before, {threadsMax} at most, {souk.Threads} afterwards; connections {connections} before, "
            + $"{await database.Connections()} afterwards");
        var (exit, verified) = await souk.Command("verify");
        Assert.True(exit == 0, verified);
    }

    // Nobody knows of a request that was given up whether it was committed. Its key does: sent again it is done once.
    private static async Task EachOrderIsThereOnce(HttpClient[] buyers, Guid lamp, int waves)
    {
        foreach (var buyer in buyers)
            for (var wave = 0; wave <= waves; wave++)
                await Eventually(async () => Assert.Contains(
                    (await Buy(buyer, lamp, $"order-{wave}")).Status, (HttpStatusCode[])[HttpStatusCode.Created, HttpStatusCode.Accepted]));
        foreach (var buyer in buyers)
            Assert.Equal(
                waves + (buyer == buyers[0] ? 2 : 1), (await buyer.Read("/orders?limit=100")).GetProperty("data").GetArrayLength());
    }

    private static bool IsRead(TimedAnswer answer) => answer.Kind.StartsWith("GET", StringComparison.Ordinal);

    private static async Task<TimedAnswer[]> Wave(HttpClient[] buyers, Guid lamp, string name) => await Task.WhenAll(
    [
        .. buyers.Select(buyer => Buy(buyer, lamp, name)),
        .. buyers.SelectMany(buyer => Enumerable.Range(1, ReadsOfEach)
            .Select(n => TimedAnswer.Of("GET /orders", () => buyer.GetAsync($"/orders?limit={n}", Ct)))),
        .. buyers.Select(buyer => TimedAnswer.Of("GET /products", () => buyer.GetAsync($"/products?q={Guid.CreateVersion7():N}", Ct))),
        .. buyers.Select(buyer => TimedAnswer.Of("PUT /cart", () => buyer.PutAsJsonAsync("/cart", new { Shopping.Contact }, Ct))),
    ]);

    private static Task<TimedAnswer> Buy(HttpClient buyer, Guid lamp, string key) =>
        TimedAnswer.OfOrder(buyer, key, lamp);

    private static async Task<TimedAnswer> Ask(SoukProcess souk, string path)
    {
        using var http = souk.Client();
        return await TimedAnswer.Of(path, () => http.GetAsync(path, Ct));
    }

    private static async Task<(int Dead, TimeSpan NotReady)> Health(SoukProcess souk, long hung)
    {
        var (dead, notReady) = (0, TimeSpan.MaxValue);
        while (Stopwatch.GetElapsedTime(hung) < Frozen)
        {
            var live = await Ask(souk, "/health/live");
            dead += live.Status == HttpStatusCode.OK && live.Took < Late ? 0 : 1;
            if ((await Ask(souk, "/health/ready")).Status == HttpStatusCode.ServiceUnavailable && notReady == TimeSpan.MaxValue)
                notReady = Stopwatch.GetElapsedTime(hung);
            await Task.Delay(200, Ct);
        }
        return (dead, notReady);
    }
}
