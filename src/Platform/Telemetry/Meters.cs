using System.Diagnostics.Metrics;

namespace Souk.Platform.Telemetry;

/// <summary>What the platform itself measures.</summary>
internal static class Meters
{
    /// <summary>Events on their way between services.</summary>
    public static readonly Meter Events = new("Souk.Events");

    /// <summary>Redis, and what is kept there.</summary>
    public static readonly Meter Redis = new("Souk.Redis");
}
