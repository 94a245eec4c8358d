using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Primitives;

namespace Souk.Platform.Http;

/// <summary>What is refused before a handler's parameters are bound, whatever the route.</summary>
internal static class RequestChecks
{
    /// <summary>Bytes of path and query.</summary>
    public const int TargetMax = 8 * 1024;

    /// <summary>Characters of all headers with their names.</summary>
    public const int HeadersMax = 32 * 1024;

    public const int HeaderCountMax = 100;
    private const long DroppedMax = 32 << 20;

    public static Task Check(HttpContext http, RequestDelegate next)
    {
        var request = http.Request;
        if (http.Features.Get<IHttpRequestFeature>()!.RawTarget.Length > TargetMax)
            return Problems.UriTooLong().ExecuteAsync(http);
        if (AreTooLarge(request.Headers))
            return Problems.HeadersTooLarge().ExecuteAsync(http);
        if (http.GetEndpoint() is { } endpoint)
        {
            if (request.QueryString.HasValue)
                CheckQuery(request);
            if (request.Headers.Accept is { Count: > 0 } accept && !Accepts(accept, endpoint))
                return Problems.NotAcceptable().ExecuteAsync(http);
            if (request.ContentLength is { } length && IsTooLarge(http, length))
                return Problems.TooLarge().ExecuteAsync(http);
            if (request.Headers.ContentEncoding is [{ } encoding, ..] && encoding != "identity")
                return Problems.Unsupported().ExecuteAsync(http);
        }
        else if (HttpMethods.IsTrace(request.Method))
        {
            http.Response.Headers.Allow = "GET, POST, PUT, DELETE";
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        }
        return next(http);
    }

    private static bool AreTooLarge(IHeaderDictionary headers)
    {
        var (count, size) = (0, 0);
        foreach (var (name, values) in headers)
            foreach (var value in values)
            {
                count++;
                size += name.Length + (value?.Length ?? 0);
            }
        return count > HeaderCountMax || size > HeadersMax;
    }

    // Kestrel would close the connection while the client still sends, and the client would not see why. Answered before the
    // body is read, what is left of it is read and dropped behind the answer.
    private static bool IsTooLarge(HttpContext http, long length)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is not { IsReadOnly: false, MaxRequestBodySize: { } max } limit || length <= max)
            return false;
        if (length <= DroppedMax)
            limit.MaxRequestBodySize = length;
        return true;
    }

    private static void CheckQuery(HttpRequest request)
    {
        foreach (var (name, values) in request.Query)
        {
            if (values.Count > 1)
                throw Refused("duplicate_parameter", name, "It stands twice in the query. Send it once.");
            if (values.ToString().Contains('\0') || name.Contains('\0'))
                throw Refused("invalid_text", name, "The text holds a NUL. Leave it out.");
        }
    }

    private static RuleException Refused(string code, string name, string detail) =>
        new(400, code, detail, new FieldError("?" + (name.Length > 64 ? name[..64] : name), code, detail));

    // Everything is JSON but for the few routes that say otherwise (CSV, pictures).
    private static bool Accepts(StringValues accept, Endpoint endpoint)
    {
        foreach (var line in accept)
        {
            if (string.IsNullOrEmpty(line) || line.Contains("*/*", StringComparison.Ordinal) || line.Contains("application/", StringComparison.Ordinal) && AcceptsJson(line))
                return true;
            foreach (var produced in endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>())
                foreach (var type in produced.ContentTypes)
                    if (line.Contains(type, StringComparison.OrdinalIgnoreCase) || line.Contains(type[..(type.IndexOf('/', StringComparison.Ordinal) + 1)] + "*", StringComparison.OrdinalIgnoreCase))
                        return true;
        }
        return false;
    }

    private static bool AcceptsJson(string line) =>
        line.Contains("application/json", StringComparison.OrdinalIgnoreCase) || line.Contains("application/*", StringComparison.OrdinalIgnoreCase)
        || line.Contains("application/problem+json", StringComparison.OrdinalIgnoreCase);
}
