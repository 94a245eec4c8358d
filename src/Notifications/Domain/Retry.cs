namespace Souk.Notifications.Domain;

/// <summary>When a mail that could not be sent is tried again.</summary>
internal static class Retry
{
    /// <summary>After so many tries, over about a day, it is given up.</summary>
    public const int AttemptsMax = 12;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Max = TimeSpan.FromHours(4);

    /// <summary>How long to wait after the given number of tries: doubling, with a cap.</summary>
    public static TimeSpan After(int attempts) =>
        TimeSpan.FromTicks(Math.Min(Max.Ticks, First.Ticks << Math.Clamp(attempts - 1, 0, 20)));
}
