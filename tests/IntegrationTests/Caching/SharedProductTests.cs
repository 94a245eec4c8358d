using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Souk.IntegrationTests.Catalog;
using Souk.Platform.Telemetry;

namespace Souk.IntegrationTests.Caching;

/// <summary>
/// Processes of the catalogue that share a Redis, besides one that has none and only changes things. The bed is these tests'
/// own: a shop or a category that changes anywhere in a catalogue ends what all its processes share for most of a minute.
/// </summary>
public sealed partial class SharedProductTests(CatalogBed souk) : IClassFixture<CatalogBed>
{
    private const int LeaseSize = 17;

    // Far below the 30 s that an answer lives by itself: what ends it in these tests is the event.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_process_has_read_another_answers_without_the_database()
    {
        await using var redis = await RedisServer.Required();
        await using var first = await souk.Replica(redis.Settings);
        await using var second = await souk.Replica(redis.Settings);
        var seller = await souk.Seller();
        var product = await seller.Sells("Oak lamp");
        var price = 100;

        // Again where an event about the product, its first stock for example, came in between; where the second process heard
        // of the price after the first had left its lease, and took that away; and where one trusts Redis no longer.
        await Eventually(async () =>
        {
            await Trusts(redis, first);
            await Trusts(redis, second);
            await souk.Execute("update catalog.products set name = 'Oak lamp' where id = $1", product.Id);
            await Price(seller.Http, product.OfferId, ++price);
            await Eventually(() => Shows(first, product.Id, price), Soon);
            await Eventually(async () => Assert.True(await Kept(redis, product.Id)), TimeSpan.FromSeconds(2));
            // Nobody is told: who asks the database from now on sees another name.
            await souk.Execute("update catalog.products set name = 'Behind your back' where id = $1", product.Id);

            var before = await Found(second);
            var answer = await second.Http.GetAsync($"/products/{product.Id}", Ct);

            Assert.Equal("Oak lamp", (await answer.Json()).Text("name"));
            Assert.True(await Found(second) > before);
            using var known = new HttpRequestMessage(HttpMethod.Get, $"/products/{product.Id}");
            known.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
            Assert.Equal(HttpStatusCode.NotModified, (await first.Http.SendAsync(known, Ct)).StatusCode);
        }, TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task A_change_ends_what_is_shared_in_every_process()
    {
        await using var redis = await RedisServer.Required();
        await using var first = await souk.Replica(redis.Settings);
        await using var second = await souk.Replica(redis.Settings);
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", price: 100);
        await Trusts(redis, first);
        await Trusts(redis, second);
        await Shows(first, product.Id, 100);
        await Shows(second, product.Id, 100);

        for (var price = 200; price <= 220; price += 10)
        {
            // In the process without Redis: the others hear of it and take their answers back.
            await Price(seller.Http, product.OfferId, price);
            await Eventually(() => Shows(first, product.Id, price), Soon);
            await Eventually(() => Shows(second, product.Id, price), Soon);
        }
        // And in one of them: its own next answer is new.
        first.Http.DefaultRequestHeaders.Authorization = seller.Http.DefaultRequestHeaders.Authorization;
        for (var price = 300; price <= 330; price++)
        {
            await Price(first.Http, product.OfferId, price);
            await Shows(first, product.Id, price);
        }
        await Eventually(() => Shows(second, product.Id, 330), Soon);
    }

    [Fact]
    public async Task A_Redis_that_is_killed_emptied_or_hangs_costs_no_request_and_no_truth()
    {
        await using var redis = await RedisServer.Required();
        var settings = redis.Settings;
        settings["Redis:Timeout"] = "00:00:00.050";
        await using var first = await souk.Replica(settings);
        await using var second = await souk.Replica(settings);
        var seller = await souk.Seller();
        var product = await seller.Sells("Lamp", price: 1);
        await Trusts(redis, first);
        await Trusts(redis, second);

        var price = 1L;
        using var done = new CancellationTokenSource();
        // New prices end the answers again and again, so that reads go through Redis, whatever state it is in. Who has
        // seen a price never sees an older one again.
        var readers = new[] { first, second }.Select(replica => Task.Run(async () =>
        {
            for (var seen = 1L; !done.IsCancellationRequested; await Task.Delay(1, Ct))
            {
                var shown = await replica.Http.GetJson($"/products/{product.Id}");
                var now = shown.GetProperty("price").GetProperty("amount").GetInt64();
                Assert.True(now >= seen, $"{now} after {seen}");
                seen = now;
            }
        }, Ct)).ToArray();
        async Task Changes()
        {
            for (var i = 0; i < 5; i++)
                await Price(seller.Http, product.OfferId, ++price);
            await Eventually(() => Shows(first, product.Id, price), Soon);
            await Eventually(() => Shows(second, product.Id, price), Soon);
        }

        await Changes();
        await redis.Say("FLUSHALL");
        await Changes();
        await redis.Hang();
        await Changes();
        await Eventually(() => Tells(first, "Redis does not answer"), Soon);
        await Changes();
        await redis.GoOn();
        await Eventually(() => Tells(first, null), Soon);
        await Changes();
        await redis.Kill();
        await Eventually(() => Tells(second, "Redis does not answer"), Soon);
        await Changes();
        await redis.Start();
        await Eventually(() => Tells(second, null), Soon);
        await Changes();

        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task A_process_starts_and_serves_while_Redis_is_away()
    {
        await using var redis = await RedisServer.Required();
        await redis.Kill();

        await using var alone = await souk.Replica(redis.Settings);
        var product = await (await souk.Seller()).Sells("Lamp", price: 7);

        await Shows(alone, product.Id, 7);
        await Tells(alone, "Redis does not answer");
        await redis.Start();
        await Eventually(() => Tells(alone, null), Soon);
    }

    // A process that has just started waits a moment before it looks into Redis, and most of a minute after it could not delete
    // there or heard that all answers changed: then it leaves a lease.
    private static Task Trusts(RedisServer redis, Replica replica) => Eventually(async () =>
    {
        var none = Guid.CreateVersion7();
        await replica.Http.GetAsync($"/products/{none}", Ct).Refuses(404, "not_found");
        Assert.Equal(LeaseSize, await Size(redis, none));
    });

    private static async Task<bool> Kept(RedisServer redis, Guid product) => await Size(redis, product) > LeaseSize;

    private static async Task<int> Size(RedisServer redis, Guid product)
    {
        const string script = "local k = redis.call('KEYS', ARGV[1]); return k[1] and redis.call('STRLEN', k[1]) or 0";
        var size = await redis.Say($"EVAL \"{script}\" 0 *:products:{product:N}");
        return int.Parse(size.AsSpan(1), CultureInfo.InvariantCulture);
    }

    // How often a process found in Redis what it had not in memory, as it says itself.
    private static async Task<int> Found(Replica replica)
    {
        var line = FoundLine().Match(await replica.Http.GetStringAsync("/metrics", Ct));
        return line.Success ? int.Parse(line.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    private static async Task Shows(Replica replica, Guid product, long price)
    {
        var shown = await replica.Http.GetJson($"/products/{product}");
        Assert.Equal(price, shown.GetProperty("price").GetProperty("amount").GetInt64());
    }

    private static async Task Price(HttpClient http, Guid offer, long price) => (await http.PutAsJsonAsync(
        $"/offers/{offer}", new { price = new { amount = price, currency = "EUR" } }, Ct)).EnsureSuccessStatusCode();

    private static async Task Tells(Replica replica, string? problem)
    {
        var health = (await replica.Http.GetFromJsonAsync<HealthResponse>("/health/ready", Ct))!;
        Assert.Equal("ready", health.Status);
        if (problem is null)
            Assert.Empty(health.Problems);
        else
            Assert.StartsWith(problem, Assert.Single(health.Problems), StringComparison.Ordinal);
    }

    [GeneratedRegex("""looks_total\{cache="products",result="found"\} (\d+)$""", RegexOptions.Multiline)]
    private static partial Regex FoundLine();
}
