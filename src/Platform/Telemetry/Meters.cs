using System.Diagnostics.Metrics;

namespace Souk.Platform.Telemetry;

/// <summary>What the platform itself measures.</summary>
internal static class Meters
{
    /// <summary>Redis, and what is kept there.</summary>
    public static readonly Meter Redis = new("Souk.Redis");
}
