namespace Souk.Identity;

internal static class Times
{
    /// <summary>Now, in whole microseconds as PostgreSQL keeps it: what is answered now is what is read later.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
