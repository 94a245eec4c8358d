using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Souk.Catalog.Reads;

/// <summary>An answer as it goes over the wire.</summary>
internal sealed class ReadyAnswer : IResult
{
    // The client may keep it but asks each time whether it is still true: a price is never shown from a forgotten copy.
    private static readonly StringValues CacheControl = "public, no-cache";
    private static readonly StringValues ContentType = "application/json; charset=utf-8";
    private readonly byte[] bytes;
    private readonly StringValues etag;
    private readonly string etagText;

    /// <param name="bytes">UTF-8 JSON.</param>
    /// <param name="version">Comes first in the tag, for <c>If-Match</c>; null where nothing is changed by it.</param>
    public ReadyAnswer(byte[] bytes, long? version = null)
    {
        this.bytes = bytes;
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
        etagText = version is null ? $"\"{hash}\"" : $"\"{version}-{hash}\"";
        etag = etagText;
    }

    /// <summary>What it costs to keep, about.</summary>
    public int Size => bytes.Length + 400;

    /// <summary>When it was made, in <see cref="TimeProvider.GetTimestamp" />.</summary>
    public long MadeAt { get; init; }

    /// <summary>Sends it, or 304 to a client that has it.</summary>
    public Task Write(HttpContext http)
    {
        var response = http.Response;
        var headers = response.Headers;
        headers.ETag = etag;
        // The platform has said no-store when the client sent credentials.
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = CacheControl;
        var known = http.Request.Headers.IfNoneMatch;
        if (known.Count > 0 && Knows(known))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        headers.ContentType = ContentType;
        headers.ContentLength = bytes.Length;
        return response.BodyWriter.WriteAsync(bytes).AsTask();
    }

    Task IResult.ExecuteAsync(HttpContext httpContext) => Write(httpContext);

    private bool Knows(StringValues tags)
    {
        foreach (var line in tags)
            foreach (var part in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
                if (part == "*" || part == etagText || (part.StartsWith("W/", StringComparison.Ordinal) && part.AsSpan(2).SequenceEqual(etagText)))
                    return true;
        return false;
    }
}
