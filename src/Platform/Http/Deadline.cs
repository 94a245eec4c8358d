using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Souk.Platform.Http;

/// <summary>One deadline for each request, passed on as its cancellation token: reads 3 seconds, writes 10.</summary>
internal sealed class Deadline(IOptions<HttpOptions> options, TimeProvider clock)
{
    private readonly TimeSpan read = options.Value.ReadDeadline;
    private readonly TimeSpan write = options.Value.WriteDeadline;

    /// <summary>What a request has left of its time; null where it has no limit.</summary>
    public static TimeSpan? Left(HttpContext http) => http.Features.Get<Limited>()?.Left;

    /// <summary>From here on a request ends with its client only: what it asked for is done, and its answer is there.</summary>
    public static void IsMet(HttpContext http)
    {
        if (http.Features.Get<Limited>() is { } limited)
            http.RequestAborted = limited.Client;
    }

    public async Task Limit(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<StreamedRoute>() is not null)
        {
            await next(http);
            return;
        }
        var client = http.RequestAborted;
        var max = HttpMethods.IsGet(http.Request.Method) ? read : write;
        using var limit = new CancellationTokenSource(max, clock);
        await using var gone = client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), limit);
        http.RequestAborted = limit.Token;
        http.Features.Set(new Limited(clock, clock.GetTimestamp(), max, client));
        try
        {
            await next(http);
        }
        finally
        {
            http.RequestAborted = client;
        }
    }

    private sealed record Limited(TimeProvider Clock, long Began, TimeSpan Max, CancellationToken Client)
    {
        public TimeSpan Left => Max - Clock.GetElapsedTime(Began);
    }
}
