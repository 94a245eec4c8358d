using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Souk.Platform.Db;

/// <summary>
/// The time of the database, for everything in this process that asks what time it is. Statements go by the database's clock;
/// were the code around them to go by the machine's, a wrong or a turned clock would end sessions, links and holds early in one
/// process and late in another. Between two looks at the database only the machine's stopwatch counts, which nobody can turn.
/// </summary>
/// <param name="wall">The machine's clock: good until the database has answered once, and for timers.</param>
internal sealed class DatabaseClock([FromKeyedServices(DatabaseClock.Wall)] TimeProvider wall) : TimeProvider
{
    /// <summary>Under which key the machine's own clock is registered.</summary>
    public const string Wall = "wall";

    // An answer that took its time says little about its moment. Below that the clock does not jump: what happens later
    // here is written down as later.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);
    private volatile Known? known;

    /// <summary>How far the machine's clock is ahead of the database's; null before the database has answered.</summary>
    public TimeSpan? Ahead => known is null ? null : wall.GetUtcNow() - GetUtcNow();

    public override long TimestampFrequency => wall.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => wall.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() =>
        known is { } last ? last.Time + wall.GetElapsedTime(last.At) : wall.GetUtcNow();

    public override long GetTimestamp() => wall.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        wall.CreateTimer(callback, state, dueTime, period);

    /// <summary>Takes over what the database said.</summary>
    /// <param name="time">Its time.</param>
    /// <param name="took">How long it took to ask; its moment was somewhere in between.</param>
    public void Learn(DateTimeOffset time, TimeSpan took)
    {
        var now = time + (took / 2);
        if (known is null || (now - GetUtcNow()).Duration() > Tolerance + (took / 2))
            known = new Known(now, wall.GetTimestamp());
    }

    private sealed record Known(DateTimeOffset Time, long At);
}

/// <summary>Asks the database what time it is: before anything starts, and every few seconds from then on.</summary>
internal sealed class ClockWatch(DatabaseClock clock, IEnumerable<Service> services) : BackgroundService,
    IHostedLifecycleService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // The first has to connect, and any may be held up on its way.
    private const int FirstLooks = 3;

    // They are on one database, or on several whose clocks agree: what they say of times is compared all the time.
    private readonly Service? service = services.FirstOrDefault();

    /// <summary>Goes by the quickest of several looks: a clock that is behind takes what is new for older than it is.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        Look? best = null;
        for (var n = 0; n < FirstLooks && await Ask(cancellationToken) is { } look; n++)
            best = best is null || look.Took < best.Took ? look : best;
        Learn(best);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Learn(await Ask(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    private void Learn(Look? look)
    {
        if (look is not null)
            clock.Learn(look.Time + clock.GetElapsedTime(look.At), look.Took);
    }

    // Null where there is no database, or none that answers: then the stopwatch goes on, and the health says what is the matter.
    private async Task<Look?> Ask(CancellationToken ct)
    {
        if (service is null)
            return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            var asked = clock.GetTimestamp();
            var time = await service.Query("select clock_timestamp()", row => row.GetFieldValue<DateTimeOffset>(0), limit.Token);
            return new Look(time[0], clock.GetElapsedTime(asked), clock.GetTimestamp());
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private sealed record Look(DateTimeOffset Time, TimeSpan Took, long At);
}
