using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Souk.Platform.Telemetry;

/// <summary>Names the span of a request by its route. The framework gives all of them the name of one of its classes.</summary>
internal static class RequestSpans
{
    public static Task Name(HttpContext http, RequestDelegate next)
    {
        if (http.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span
            && http.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
            span.DisplayName = $"{http.Request.Method} /{route.Trim('/')}";
        return next(http);
    }
}
