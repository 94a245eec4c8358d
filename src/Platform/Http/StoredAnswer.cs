using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Souk.Platform.Http;

/// <summary>An answer as the idempotency record keeps it: what is needed to give it again, byte for byte.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">The headers that belong to the answer, as a JSON object; null when it has none.</param>
/// <param name="Body">The body as sent.</param>
internal sealed record StoredAnswer(int Status, string? Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The headers that are part of an answer; others belong to the request or the connection.</summary>
    private static readonly string[] Kept = ["Content-Type", "Location", "ETag", "Retry-After", "X-Cart-Token", "X-Order-Token"];

    public static StoredAnswer Of(HttpResponse response, ReadOnlyMemory<byte> body)
    {
        Dictionary<string, string>? headers = null;
        foreach (var name in Kept)
            if (response.Headers.TryGetValue(name, out var value) && value.Count > 0)
                (headers ??= new(StringComparer.Ordinal)).Add(name, value.ToString());
        return new StoredAnswer(response.StatusCode, headers is null ? null : JsonSerializer.Serialize(headers, Platform.Json.Events), body);
    }

    /// <summary>An answer that an event brought.</summary>
    public static StoredAnswer Json(int status, string body, string? location)
    {
        var type = status >= 400 ? Problem.ContentType : "application/json; charset=utf-8";
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Type"] = type };
        if (location is not null)
            headers.Add("Location", location);
        return new StoredAnswer(status, JsonSerializer.Serialize(headers, Platform.Json.Events), Encoding.UTF8.GetBytes(body));
    }

    /// <summary>The body as it is kept: see <see cref="KeptTokens" />.</summary>
    public byte[] BodyToKeep => KeptTokens.Unsigned(Body);

    /// <summary>Columns <c>status, headers, body</c> from <paramref name="at" /> on.</summary>
    public static StoredAnswer Read(NpgsqlDataReader reader, int at) => new(
        reader.GetInt32(at), reader.IsDBNull(at + 1) ? null : reader.GetString(at + 1),
        reader.IsDBNull(at + 2) ? ReadOnlyMemory<byte>.Empty : reader.GetFieldValue<byte[]>(at + 2));

    /// <summary>Puts status and headers on the response, in place of what a handler may have set.</summary>
    public void Head(HttpResponse response)
    {
        response.StatusCode = Status;
        foreach (var name in Kept)
            response.Headers.Remove(name);
        if (Headers is null)
            return;
        foreach (var (name, value) in JsonSerializer.Deserialize<Dictionary<string, string>>(Headers, Platform.Json.Events)!)
            response.Headers[name] = value;
    }
}
