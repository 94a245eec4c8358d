using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Souk.Platform.Http;

/// <summary>
/// How many requests one caller may make: by account, and by address for those without one. Tokens of guests do not
/// count as callers, because they cost nothing.
/// </summary>
internal sealed class RateLimits : IDisposable
{
    private readonly PartitionedRateLimiter<string>? limiter;
    private readonly bool limitLoopback;
    private readonly string policy;

    public RateLimits(IOptions<HttpOptions> options)
    {
        var max = options.Value.RequestsPerMinuteMax;
        limitLoopback = options.Value.LimitLoopback;
        policy = string.Create(CultureInfo.InvariantCulture, $"\"caller\";q={max};w=60");
        limiter = max == 0 ? null : PartitionedRateLimiter.Create<string, string>(caller => RateLimitPartition.GetSlidingWindowLimiter(
            caller, _ => new SlidingWindowRateLimiterOptions { PermitLimit = max, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 12 }));
    }

    /// <summary>After the caller is known.</summary>
    public Task Limit(HttpContext http, RequestDelegate next)
    {
        if (Partition(http) is not { } partition)
            return next(http);
        using var lease = limiter!.AttemptAcquire(partition);
        var headers = http.Response.Headers;
        headers["RateLimit-Policy"] = policy;
        headers["RateLimit"] = string.Create(
            CultureInfo.InvariantCulture, $"\"caller\";r={limiter.GetStatistics(partition)?.CurrentAvailablePermits ?? 0}");
        if (lease.IsAcquired)
            return next(http);
        http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        headers.RetryAfter = "5";
        return Task.CompletedTask;
    }

    /// <summary>Wrong credentials end before the limit; they are counted by address here.</summary>
    public static void CountFailure(HttpContext http, ref Problem problem)
    {
        if (problem.Status != StatusCodes.Status401Unauthorized)
            return;
        var limits = http.RequestServices.GetRequiredService<RateLimits>();
        if (limits.Partition(http) is not { } partition || limits.limiter!.AttemptAcquire(partition).IsAcquired)
            return;
        http.Response.Headers.RetryAfter = "5";
        problem = new Problem(429, "too_many_requests", "Slow down: wait as long as Retry-After says.");
    }

    public void Dispose() => limiter?.Dispose();

    private string? Partition(HttpContext http)
    {
        if (limiter is null)
            return null;
        var address = http.Connection.RemoteIpAddress;
        if (!limitLoopback && (address is null || IPAddress.IsLoopback(address)))
            return null;
        var caller = http.CurrentCaller();
        return caller.IsSignedIn ? caller.Principal : address?.ToString() ?? "";
    }
}
