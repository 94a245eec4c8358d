namespace Souk.UnitTests.Platform.Security;

/// <summary>A clock that stands still until it is told to go on.</summary>
internal sealed class TestClock : TimeProvider
{
    private DateTimeOffset now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public void GoOn(TimeSpan by) => now += by;

    public override DateTimeOffset GetUtcNow() => now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => now.Ticks;
}
