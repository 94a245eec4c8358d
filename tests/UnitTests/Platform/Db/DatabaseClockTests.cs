using Souk.Platform.Db;

namespace Souk.UnitTests.Platform.Db;

/// <summary>The clock of a process, on a machine whose own clock may be wrong (P21).</summary>
public sealed class DatabaseClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly Machine machine = new() { Time = Noon.AddDays(400) };
    private readonly DatabaseClock clock;

    public DatabaseClockTests() => clock = new DatabaseClock(machine);

    [Fact]
    public void Before_the_database_has_answered_it_is_the_machines()
    {
        Assert.Equal(machine.Time, clock.GetUtcNow());
        Assert.Null(clock.Ahead);
    }

    [Fact]
    public void From_then_on_nobody_can_turn_it()
    {
        clock.Learn(Noon, took: TimeSpan.Zero);
        machine.Passes(TimeSpan.FromMinutes(10));
        Assert.Equal((Noon.AddMinutes(10), TimeSpan.FromDays(400)), (clock.GetUtcNow(), clock.Ahead));

        machine.Time -= TimeSpan.FromDays(400) + TimeSpan.FromHours(3);

        Assert.Equal((Noon.AddMinutes(10), TimeSpan.FromHours(-3)), (clock.GetUtcNow(), clock.Ahead));
    }

    [Fact]
    public void It_follows_the_database_and_does_not_jump_for_what_a_slow_answer_may_be_off()
    {
        clock.Learn(Noon, took: TimeSpan.FromMilliseconds(10));
        var first = clock.GetUtcNow();

        clock.Learn(Noon.AddMilliseconds(-900), took: TimeSpan.Zero);
        Assert.Equal(first, clock.GetUtcNow());
        clock.Learn(Noon.AddSeconds(-1), took: TimeSpan.FromSeconds(8));
        Assert.Equal(first, clock.GetUtcNow());

        clock.Learn(Noon.AddSeconds(5), took: TimeSpan.Zero);
        Assert.Equal(Noon.AddSeconds(5), clock.GetUtcNow());
    }

    /// <summary>A machine with a clock and a stopwatch.</summary>
    private sealed class Machine : TimeProvider
    {
        private long ticks = 1;

        public DateTimeOffset Time { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Time;

        public override long GetTimestamp() => ticks;

        public void Passes(TimeSpan time) => (Time, ticks) = (Time + time, ticks + time.Ticks);
    }
}
