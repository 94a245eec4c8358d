using System.ComponentModel.DataAnnotations;

namespace Souk.Platform.Http;

/// <summary>Limits of the HTTP side, read from the section <c>Souk:Http</c> and checked at start.</summary>
public sealed class HttpOptions
{
    /// <summary>
    /// Requests a minute that one account, or one address without an account, may make. Default 6,000; 0 switches it off.
    /// More lets one caller take more of the machine.
    /// </summary>
    [Range(0, 10_000_000)]
    public int RequestsPerMinuteMax { get; set; } = 6_000;

    /// <summary>Whether requests from the machine itself are limited too. Default no: tests, imports and probes come from there.</summary>
    public bool LimitLoopback { get; set; }

    /// <summary>The largest body in bytes, where a route has no limit of its own. Default 1 MiB; 1 kB to 100 MB.</summary>
    [Range(1_000, 100_000_000)]
    public long BodyMax { get; set; } = 1 << 20;

    /// <summary>How many connections are held at once. Default 10,000; further ones are closed.</summary>
    [Range(10, 1_000_000)]
    public long ConnectionsMax { get; set; } = 10_000;

    /// <summary>When a write is stopped and answered with 503. Default 10 seconds; 1 to 120.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00")]
    public TimeSpan WriteDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>When a read is stopped and answered with 503. Default 3 seconds; 1 to 120.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00")]
    public TimeSpan ReadDeadline { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long a checkout waits for its order to be decided before it is answered with 202, and the order is to be asked.
    /// Default 5 seconds; 0.1 to 60, and less than <see cref="WriteDeadline" />. Longer holds more requests open when the
    /// marketplace is slow.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan AnswerWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Addresses or networks (<c>10.0.0.0/8</c>) of the proxies in front. Only what they say in <c>X-Forwarded-For</c> and
    /// <c>X-Forwarded-Proto</c> is believed. Default none.
    /// </summary>
    public string[] Proxies { get; set; } = [];

    /// <summary>Whether <c>/openapi.json</c> and <c>/docs</c> are served. Default: in Development only.</summary>
    public bool? Docs { get; set; }
}
