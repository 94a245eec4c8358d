using Souk.Catalog.Reads;

namespace Souk.UnitTests.Catalog;

public class ByteCacheTests
{
    private readonly Clock clock = new();

    private ByteCache<int> Cache(long bytesMax = 1_000_000) => new(bytesMax, TimeSpan.FromSeconds(30), clock);

    private Task<ReadyAnswer?> Answer(int size = 100) => Task.FromResult<ReadyAnswer?>(new ReadyAnswer(new byte[size]) { MadeAt = clock.GetTimestamp() });

    [Fact]
    public async Task What_was_read_is_found_until_it_is_forgotten()
    {
        var cache = Cache();
        var answer = await cache.FindOrRead(1, _ => Answer());

        Assert.Same(answer, cache.Find(1));
        cache.Forget(1);

        Assert.Null(cache.Find(1));
    }

    [Fact]
    public async Task What_was_read_before_a_change_and_arrives_after_it_is_not_kept()
    {
        var cache = Cache();
        var slow = new TaskCompletionSource<ReadyAnswer?>();
        var reading = cache.FindOrRead(1, _ => slow.Task);

        cache.Forget(1);
        slow.SetResult(await Answer());

        Assert.NotNull(await reading);
        Assert.Null(cache.Find(1));
    }

    [Fact]
    public async Task Who_asks_after_a_change_does_not_get_what_was_being_read_before_it()
    {
        var cache = Cache();
        var slow = new TaskCompletionSource<ReadyAnswer?>();
        var before = cache.FindOrRead(1, _ => slow.Task);
        cache.Forget(1);

        var after = await cache.FindOrRead(1, _ => Answer());
        slow.SetResult(await Answer());

        Assert.NotSame(await before, after);
        Assert.Same(after, cache.Find(1));
    }

    [Fact]
    public async Task Many_who_ask_at_once_read_once()
    {
        var cache = Cache();
        var (reads, slow) = (0, new TaskCompletionSource<ReadyAnswer?>());
        Task<ReadyAnswer?> Read(int key)
        {
            reads++;
            return slow.Task;
        }

        var all = Enumerable.Range(0, 10).Select(_ => cache.FindOrRead(1, Read)).ToArray();
        slow.SetResult(await Answer());
        await Task.WhenAll(all);

        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task A_failed_reading_fails_for_all_who_waited_and_is_tried_again()
    {
        var cache = Cache();
        var slow = new TaskCompletionSource<ReadyAnswer?>();
        Task<ReadyAnswer?>[] all = [cache.FindOrRead(1, _ => slow.Task), cache.FindOrRead(1, _ => slow.Task)];

        slow.SetException(new TimeoutException());

        foreach (var one in all)
            await Assert.ThrowsAsync<TimeoutException>(() => one);
        Assert.NotNull(await cache.FindOrRead(1, _ => Answer()));
    }

    [Fact]
    public async Task It_stays_below_its_size_and_keeps_what_is_used()
    {
        var cache = Cache(bytesMax: 50_000);
        await cache.FindOrRead(0, _ => Answer());
        for (var key = 1; key < 1000; key++)
        {
            await cache.FindOrRead(key, _ => Answer());
            Assert.NotNull(cache.Find(0));
        }

        Assert.InRange(Enumerable.Range(0, 1000).Count(key => cache.Find(key) is not null), 50, 100);
    }

    [Fact]
    public async Task Changes_without_end_leave_nothing_behind()
    {
        var cache = Cache();
        for (var i = 0; i < 10_000; i++)
        {
            await cache.FindOrRead(i % 7, _ => Answer());
            cache.Forget(i % 7);
        }

        Assert.InRange(cache.Queued, 0, 20);
    }

    [Fact]
    public async Task After_its_time_an_answer_is_read_again()
    {
        var cache = Cache();
        await cache.FindOrRead(1, _ => Answer());

        clock.Now += TimeSpan.FromSeconds(31);

        Assert.Null(cache.Find(1));
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
