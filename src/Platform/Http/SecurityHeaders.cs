using Microsoft.AspNetCore.Http;

namespace Souk.Platform.Http;

/// <summary>The headers of every answer. A page that needs a wider policy sets its own over them.</summary>
internal static class SecurityHeaders
{
    private const int RequestIdLengthMax = 128;

    public static Task Add(HttpContext http, RequestDelegate next)
    {
        Set(http);
        return next(http);
    }

    public static void Set(HttpContext http)
    {
        var (request, headers) = (http.Request, http.Response.Headers);
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers["X-Request-Id"] = RequestId(request) ?? Problem.TraceId(http);
        if (request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        // What is signed in, or opened by a guest's token, is for its reader only.
        if (request.Headers.Authorization.Count > 0 || request.Headers.ContainsKey("X-Api-Key")
            || request.Headers.ContainsKey("X-Cart-Token") || request.Headers.ContainsKey("X-Order-Token"))
            headers.CacheControl = "no-store";
    }

    private static string? RequestId(HttpRequest request) =>
        request.Headers["X-Request-Id"] is [{ Length: > 0 and <= RequestIdLengthMax } id] && !id.AsSpan().ContainsAnyExceptInRange('!', '~') ? id : null;
}
