using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Souk.Platform.Caching;

namespace Souk.Platform.Http;

/// <summary>
/// How many requests one caller may make: by account, and by address for those without one. Tokens of guests do not
/// count as callers, because they cost nothing. With Redis all processes count together, each alone while it is away.
/// </summary>
internal sealed class RateLimits : IDisposable
{
    private readonly PartitionedRateLimiter<string>? limiter;
    private readonly SharedLimit? shared;
    private readonly bool limitLoopback;
    private readonly string policy;

    public RateLimits(IOptions<HttpOptions> options, Redis redis)
    {
        var max = options.Value.RequestsPerMinuteMax;
        limitLoopback = options.Value.LimitLoopback;
        policy = string.Create(CultureInfo.InvariantCulture, $"\"caller\";q={max};w=60");
        limiter = max == 0 ? null : PartitionedRateLimiter.Create<string, string>(caller => RateLimitPartition.GetSlidingWindowLimiter(
            caller, _ => new SlidingWindowRateLimiterOptions { PermitLimit = max, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 12 }));
        shared = redis.IsOn ? new SharedLimit(redis, max) : null;
    }

    /// <summary>After the caller is known.</summary>
    public Task Limit(HttpContext http, RequestDelegate next)
    {
        if (Partition(http) is not { } partition)
            return next(http);
        return shared is null ? Answer(http, next, TakeOwn(partition)) : LimitShared(http, next, partition);
    }

    /// <summary>Wrong credentials end before the limit; they are counted by address here.</summary>
    public static async ValueTask<Problem> CountFailure(HttpContext http, Problem problem)
    {
        if (problem.Status != StatusCodes.Status401Unauthorized)
            return problem;
        var limits = http.RequestServices.GetRequiredService<RateLimits>();
        if (limits.Partition(http) is not { } partition || await limits.Take(partition) >= 0)
            return problem;
        http.Response.Headers.RetryAfter = "5";
        return new Problem(429, "too_many_requests", "Slow down: wait as long as Retry-After says.");
    }

    public void Dispose() => limiter?.Dispose();

    private async Task LimitShared(HttpContext http, RequestDelegate next, string partition) =>
        await Answer(http, next, await Take(partition));

    private Task Answer(HttpContext http, RequestDelegate next, long left)
    {
        var headers = http.Response.Headers;
        headers["RateLimit-Policy"] = policy;
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"caller\";r={Math.Max(0, left)}");
        if (left >= 0)
            return next(http);
        http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        headers.RetryAfter = "5";
        return Task.CompletedTask;
    }

    // How many are left after this one; negative when there was none.
    private async ValueTask<long> Take(string partition) =>
        (shared is null ? null : await shared.Take(partition)) ?? TakeOwn(partition);

    private long TakeOwn(string partition)
    {
        using var lease = limiter!.AttemptAcquire(partition);
        return lease.IsAcquired ? limiter.GetStatistics(partition)?.CurrentAvailablePermits ?? 0 : -1;
    }

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
