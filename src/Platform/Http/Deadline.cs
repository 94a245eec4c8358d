using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Souk.Platform.Http;

/// <summary>One deadline for each request, passed on as its cancellation token: reads 3 seconds, writes 10.</summary>
internal sealed class Deadline(IOptions<HttpOptions> options, TimeProvider clock)
{
    private readonly TimeSpan read = options.Value.ReadDeadline;
    private readonly TimeSpan write = options.Value.WriteDeadline;

    public async Task Limit(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<StreamedRoute>() is not null)
        {
            await next(http);
            return;
        }
        var client = http.RequestAborted;
        using var limit = new CancellationTokenSource(HttpMethods.IsGet(http.Request.Method) ? read : write, clock);
        await using var gone = client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), limit);
        http.RequestAborted = limit.Token;
        try
        {
            await next(http);
        }
        finally
        {
            http.RequestAborted = client;
        }
    }
}
