using System.Net;
using Souk.IntegrationTests.Catalog;

namespace Souk.IntegrationTests.Caching;

/// <summary>Two processes that limit their callers together.</summary>
public sealed class SharedLimitTests(CatalogBed souk)
{
    private const int Max = 40;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_limit_holds_over_all_processes()
    {
        await using var redis = await RedisServer.Required();
        await using var first = await Limited(redis);
        await using var second = await Limited(redis);

        // A minute's part begins in between now and then, but no minute ends: all of these count.
        var answers = await Task.WhenAll(Enumerable.Range(0, 2 * Max).Select(i => Ask(i % 2 == 0 ? first : second)));
        var refused = answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);

        Assert.Equal(Max, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal("\"caller\";r=0", refused.Headers.GetValues("RateLimit").Single());
        Assert.Equal($"\"caller\";q={Max};w=60", refused.Headers.GetValues("RateLimit-Policy").Single());
        // Each that was let through was told another number.
        var told = answers.Where(answer => answer.StatusCode == HttpStatusCode.OK)
            .Select(answer => answer.Headers.GetValues("RateLimit").Single());
        Assert.Equal(Enumerable.Range(0, Max).Select(left => $"\"caller\";r={left}").ToHashSet(), told.ToHashSet());
    }

    [Fact]
    public async Task Wrong_credentials_are_counted_over_all_processes_too()
    {
        await using var redis = await RedisServer.Required();
        await using var first = await Limited(redis);
        await using var second = await Limited(redis);

        foreach (var replica in new[] { first, second })
            for (var i = 0; i < Max / 2; i++)
                Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(replica, "Bearer nonsense")).StatusCode);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await Ask(first, "Bearer nonsense")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Ask(second)).StatusCode);
    }

    [Fact]
    public async Task While_Redis_is_away_each_process_limits_for_itself()
    {
        await using var redis = await RedisServer.Required();
        await using var first = await Limited(redis);
        await using var second = await Limited(redis);
        for (var i = 0; i < Max; i++)
            Assert.Equal(HttpStatusCode.OK, (await Ask(first)).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Ask(second)).StatusCode);

        await redis.Kill();

        // Nobody is refused for want of a Redis, and nobody gets more than a process gives by itself.
        foreach (var replica in new[] { first, second })
        {
            for (var i = 0; i < Max; i++)
                Assert.Equal(HttpStatusCode.OK, (await Ask(replica)).StatusCode);
            Assert.Equal(HttpStatusCode.TooManyRequests, (await Ask(replica)).StatusCode);
        }

        // A new Redis knows of nobody: together they get the limit once more.
        await redis.Start();
        await Eventually(async () => Assert.Equal(HttpStatusCode.OK, (await Ask(first)).StatusCode));
        await Eventually(async () => Assert.Equal(HttpStatusCode.OK, (await Ask(second)).StatusCode));
        var more = await Task.WhenAll(Enumerable.Range(0, 2 * Max).Select(i => Ask(i % 2 == 0 ? first : second)));
        Assert.Equal(Max - 2, more.Count(answer => answer.StatusCode == HttpStatusCode.OK));
    }

    private Task<Replica> Limited(RedisServer redis)
    {
        var settings = redis.Settings;
        settings["Souk:Http:RequestsPerMinuteMax"] = $"{Max}";
        settings["Souk:Http:LimitLoopback"] = "true";
        return souk.Replica(settings);
    }

    private static async Task<HttpResponseMessage> Ask(Replica replica, string? authorization = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await replica.Http.SendAsync(request, Ct);
    }
}
