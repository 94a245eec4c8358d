using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Souk.Platform.Caching;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Caching;

/// <summary>Two processes' ends of what they share, without anything around them.</summary>
public sealed class SharedCacheTests
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_one_has_made_the_other_does_not_make_and_it_grows_no_younger()
    {
        await using var redis = await RedisServer.Required();
        var clock = new Clock();
        await using var one = await End.Of(redis, clock);
        await using var two = await End.Of(redis, clock);

        await one.Cache.FindOrRead("lamp", Made(7, "made", clock));
        var found = await Eventually(async () => await two.Cache.FindOrRead("lamp", NotMade));

        Assert.Equal((7, "made"), (found.Version, Encoding.UTF8.GetString(found.Bytes)));
        Assert.InRange(clock.GetElapsedTime(found.MadeAt), TimeSpan.Zero, AgeMax);
    }

    [Fact]
    public async Task What_was_read_before_a_change_is_not_kept_after_it()
    {
        await using var redis = await RedisServer.Required();
        var clock = new Clock();
        await using var slow = await End.Of(redis, clock);
        await using var other = await End.Of(redis, clock);

        // It has read, and stands still before it keeps what it read.
        var lease = SharedCache.Lease();
        Assert.Empty((await slow.Cache.Find("lamp", lease))!);
        var old = new SharedAnswer(1, "old"u8.ToArray(), clock.GetTimestamp());
        // It changes meanwhile, and the other reads it anew.
        other.Cache.Forget("lamp");
        var answer = new SharedAnswer(2, "new"u8.ToArray(), clock.GetTimestamp());
        var newLease = SharedCache.Lease();
        Assert.Empty((await other.Cache.Find("lamp", newLease))!);
        await other.Cache.Keep("lamp", newLease, answer);

        await slow.Cache.Keep("lamp", lease, old);

        Assert.Equal("new", await Text(slow.Cache));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nor_when_Redis_was_emptied_or_began_anew_in_between(bool killed)
    {
        await using var redis = await RedisServer.Required();
        var clock = new Clock();
        await using var slow = await End.Of(redis, clock);
        var lease = SharedCache.Lease();
        Assert.Empty((await slow.Cache.Find("lamp", lease))!);

        if (killed)
        {
            await redis.Kill();
            await redis.Start();
        }
        else
        {
            await redis.Say("FLUSHALL");
        }
        // The connection is there again when something is found; what it leaves is another's lease.
        await Eventually(async () => Assert.NotNull(await slow.Cache.Find("lamp", SharedCache.Lease())));
        await slow.Cache.Keep("lamp", lease, new SharedAnswer(1, "old"u8.ToArray(), clock.GetTimestamp()));

        Assert.Single((await slow.Cache.Find("lamp", SharedCache.Lease()))!);
    }

    [Fact]
    public async Task Only_one_reads_for_all()
    {
        await using var redis = await RedisServer.Required();
        var clock = new Clock();
        await using var one = await End.Of(redis, clock);
        await using var two = await End.Of(redis, clock);
        var (leaseOne, leaseTwo) = (SharedCache.Lease(), SharedCache.Lease());
        Assert.Empty((await one.Cache.Find("lamp", leaseOne))!);
        Assert.Single((await two.Cache.Find("lamp", leaseTwo))!);

        await two.Cache.Keep("lamp", leaseTwo, new SharedAnswer(1, "by the second"u8.ToArray(), clock.GetTimestamp()));
        await one.Cache.Keep("lamp", leaseOne, new SharedAnswer(1, "by the first"u8.ToArray(), clock.GetTimestamp()));

        Assert.Equal("by the first", await Text(two.Cache));
    }

    [Fact]
    public async Task Who_could_not_delete_does_not_look_until_nothing_of_then_can_be_left()
    {
        await using var redis = await RedisServer.Required();
        var clock = new Clock();
        await using var one = await End.Of(redis, clock);
        await one.Cache.FindOrRead("lamp", Made(1, "old", clock));
        await Eventually(async () => Assert.Equal("old", await Text(one.Cache)));

        await redis.Kill();
        await Eventually(async () => Assert.Null(await one.Cache.Find("lamp", SharedCache.Lease())));
        one.Cache.Forget("lamp");
        await redis.Start();
        await Eventually(async () => Assert.NotNull(await one.Redis.Run("return 1", "any")));

        Assert.Null(await one.Cache.Find("lamp", SharedCache.Lease()));
        clock.Passed += AgeMax + TimeSpan.FromSeconds(11);
        Assert.NotNull(await one.Cache.Find("lamp", SharedCache.Lease()));
    }

    [Fact]
    public async Task A_change_of_all_ends_all()
    {
        await using var redis = await RedisServer.Required();
        var clock = new Clock();
        await using var one = await End.Of(redis, clock);
        await one.Cache.FindOrRead("lamp", Made(1, "old", clock));
        await Eventually(async () => Assert.Equal("old", await Text(one.Cache)));

        one.Cache.ForgetAll();

        var made = await one.Cache.FindOrRead("lamp", Made(2, "new", clock));
        Assert.Equal("new", Encoding.UTF8.GetString(made!.Bytes));
    }

    [Fact]
    public async Task A_Redis_that_hangs_costs_one_time_out_and_what_was_deleted_meanwhile_is_gone_when_it_goes_on()
    {
        await using var redis = await RedisServer.Required();
        var clock = new Clock();
        await using var one = await End.Of(redis, clock, TimeSpan.FromMilliseconds(500));
        await one.Cache.FindOrRead("lamp", Made(1, "old", clock));
        await Eventually(async () => Assert.Equal("old", await Text(one.Cache)));

        await redis.Hang();
        Assert.Null(await one.Cache.Find("lamp", SharedCache.Lease()));
        // From here on nobody asks: what would wait is not even begun.
        for (var i = 0; i < 1000; i++)
            Assert.True(one.Cache.Find("lamp", SharedCache.Lease()).IsCompletedSuccessfully);
        one.Cache.Forget("lamp");
        await redis.GoOn();

        await Eventually(async () => Assert.NotNull(await one.Redis.Run("return 1", "any")));
        Assert.Empty((await one.Cache.Find("lamp", SharedCache.Lease()))!);
    }

    private static Func<Task<SharedAnswer?>> Made(long version, string text, Clock clock) => () =>
        Task.FromResult<SharedAnswer?>(new(version, Encoding.UTF8.GetBytes(text), clock.GetTimestamp()));

    private static Task<SharedAnswer?> NotMade() => Task.FromResult<SharedAnswer?>(null);

    private static async Task<string> Text(SharedCache cache)
    {
        var found = await cache.FindOrRead("lamp", NotMade);
        return found is null ? "" : Encoding.UTF8.GetString(found.Bytes);
    }

    /// <summary>What a process has of Redis.</summary>
    private sealed record End(Redis Redis, SharedCache Cache) : IAsyncDisposable
    {
        public static async Task<End> Of(RedisServer server, Clock clock, TimeSpan? timeout = null)
        {
            var secret = new Dictionary<string, string?> { ["Souk:Secret"] = SoukServer.Secret };
            var secrets = new Secrets(new ConfigurationBuilder().AddInMemoryCollection(secret).Build());
            var options = new RedisOptions
            {
                Configuration = server.Settings["Redis:Configuration"], Timeout = timeout ?? TimeSpan.FromSeconds(1),
            };
            var redis = new Redis(Options.Create(options), secrets, NullLogger<Redis>.Instance);
            await redis.StartAsync(TestContext.Current.CancellationToken);
            var cache = new SharedCache(redis, "tests", AgeMax, clock);
            // It has been here for a while.
            clock.Passed += TimeSpan.FromSeconds(3);
            return new End(redis, cache);
        }

        public async ValueTask DisposeAsync()
        {
            await Redis.StopAsync(CancellationToken.None);
            Redis.Dispose();
        }
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
