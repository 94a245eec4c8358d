using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace Souk.Platform.Http;

/// <summary>What is refused before a handler's parameters are bound, whatever the route.</summary>
internal static partial class RequestChecks
{
    /// <summary>Bytes of path and query.</summary>
    public const int TargetMax = 8 * 1024;

    /// <summary>Characters of all headers with their names.</summary>
    public const int HeadersMax = 32 * 1024;

    public const int HeaderCountMax = 100;
    private const long DroppedMax = 32 << 20;
    private const string Charset = "charset=";
    private static readonly ConditionalWeakTable<Endpoint, (string Name, bool IsTime)[]> IdsAndTimes = new();
    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE"];

    public static Task Check(HttpContext http, RequestDelegate next)
    {
        var request = http.Request;
        if (http.Features.Get<IHttpRequestFeature>()!.RawTarget.Length > TargetMax)
            return Problems.UriTooLong().ExecuteAsync(http);
        if (AreTooLarge(request.Headers))
            return Problems.HeadersTooLarge().ExecuteAsync(http);
        if (http.GetEndpoint() is { } endpoint)
        {
            // Methods are told apart by capitals (RFC 9110, 9.1); routing does not, the gateway takes no others.
            if (HttpMethods.GetCanonicalizedValue(request.Method) != request.Method)
                return Refuse(http, endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? Methods);
            if (request.QueryString.HasValue)
                CheckQuery(request, endpoint);
            if (request.Headers.Accept is { Count: > 0 } accept && !Accepts(accept, endpoint))
                return Problems.NotAcceptable().ExecuteAsync(http);
            if (request.ContentLength is { } length && IsTooLarge(http, length))
                return Problems.TooLarge().ExecuteAsync(http);
            if ((request.Headers.ContentEncoding is [{ } encoding, ..] && encoding != "identity")
                || IsInAnotherCharset(request.ContentType) || IsFileOfNoType(request, endpoint))
                return Problems.Unsupported().ExecuteAsync(http);
        }
        else if (HttpMethods.IsTrace(request.Method))
            return Refuse(http, Methods);
        return next(http);
    }

    private static Task Refuse(HttpContext http, IReadOnlyList<string> methods)
    {
        http.Response.Headers.Allow = string.Join(", ", methods);
        http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        return Task.CompletedTask;
    }

    // JSON between systems is UTF-8 (RFC 8259, 8.1); the framework would read it as whatever its type says.
    private static bool IsInAnotherCharset(string? type) =>
        type?.IndexOf(Charset, StringComparison.OrdinalIgnoreCase) is >= 0 and var at
        && !type.AsSpan(at + Charset.Length).TrimStart('"').StartsWith("utf-8", StringComparison.OrdinalIgnoreCase);

    // Routing lets a body without a type pass. Who binds JSON refuses it; a picture or a table would be read.
    private static bool IsFileOfNoType(HttpRequest request, Endpoint endpoint) =>
        string.IsNullOrEmpty(request.ContentType)
        && endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes is [var type, ..]
        && type != "application/json";

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

    private static void CheckQuery(HttpRequest request, Endpoint endpoint)
    {
        foreach (var (name, values) in request.Query)
        {
            if (values.Count > 1)
                throw Refused("duplicate_parameter", name, "It stands twice in the query. Send it once.");
            if (values.ToString().Contains('\0') || name.Contains('\0'))
                throw Refused("invalid_text", name, "The text holds a NUL. Leave it out.");
        }
        // The framework takes ids in braces, and a time without a zone as that of the machine. A body may hold neither.
        foreach (var (name, isTime) in IdsAndTimes.GetValue(endpoint, Find))
            if (request.Query[name].ToString() is { Length: > 0 } text)
            {
                if (isTime && !Zone().IsMatch(text))
                    throw Refused("invalid_date", name,
                        "Send an RFC 3339 time with its zone, such as 2026-01-31T12:00:00Z; a plus in it as %2B.");
                if (!isTime && !Guid.TryParseExact(text, "D", out _))
                    throw Refused("wrong_type", name, "The value is no id. Send a UUID with nothing around it.");
            }
    }

    private static (string Name, bool IsTime)[] Find(Endpoint endpoint) =>
        [.. from bound in endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
            let parameter = bound.ParameterInfo
            let type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType
            let name = parameter.GetCustomAttribute<FromQueryAttribute>()?.Name ?? parameter.Name!
            where type == typeof(Guid) || type == typeof(DateTimeOffset)
            select (name, type == typeof(DateTimeOffset))];

    [GeneratedRegex(@"T.*(Z|[+-]\d\d:\d\d)$")]
    private static partial Regex Zone();

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
