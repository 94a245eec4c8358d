using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Security;

namespace Souk.Platform.Http;

/// <summary>The <c>Idempotency-Key</c> of a request, with the hash of the request.</summary>
/// <param name="Key">As sent.</param>
/// <param name="Hash">HMAC-SHA256 over method, path, query and the tokens of the JSON body.</param>
internal sealed record RequestKey(string Key, byte[] Hash)
{
    private const int LengthMax = 255;

    /// <summary>
    /// Whose key it is. Strangers without any token share one name, so the request is a part of theirs: the key of one can
    /// never bring the answer of another.
    /// </summary>
    public string Principal(HttpContext http)
    {
        var caller = http.CurrentCaller();
        // A checkout makes the order that a guest's token opens: who sends it with a retry is still the same guest.
        var isCheckout = http.GetEndpoint()?.Metadata.GetMetadata<LateRoute>() is not null;
        if (isCheckout && caller is { IsSignedIn: false, CartId: null })
            caller = Caller.Anonymous;
        var principal = caller.Principal;
        return principal == "anonymous" ? "anonymous:" + Convert.ToHexStringLower(Hash) : principal;
    }

    public static string RouteOf(HttpContext http, Endpoint endpoint) =>
        $"{http.Request.Method} {(endpoint as RouteEndpoint)?.RoutePattern.RawText ?? http.Request.Path}";

    /// <summary>
    /// Reads the key and the body, before the handler's parameters are bound. Nothing is buffered for requests without a key.
    /// </summary>
    public static async Task Read(HttpContext http, RequestDelegate next)
    {
        var route = http.GetEndpoint()?.Metadata.GetMetadata<IdempotentRoute>();
        if (route is null)
        {
            await next(http);
            return;
        }
        if (!http.Request.Headers.TryGetValue("Idempotency-Key", out var sent))
        {
            if (route.Required)
                throw new RuleException(400, "idempotency_key_required", "Send an Idempotency-Key header: a new random value for each thing you want done.");
            await next(http);
            return;
        }
        var key = sent.Count == 1 ? sent[0]! : "";
        Check(key);

        using var body = new MemoryStream(http.Request.ContentLength is > 0 and <= 1 << 20 ? (int)http.Request.ContentLength : 0);
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        http.Features.Set(new RequestKey(key, HashOf(http, body.GetBuffer().AsSpan(0, (int)body.Length))));
        body.Position = 0;
        http.Request.Body = body;
        await next(http);
    }

    /// <exception cref="RuleException">400 <c>invalid_idempotency_key</c>.</exception>
    public static void Check(string? key)
    {
        if (key is { Length: 0 or > LengthMax } || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new RuleException(400, "invalid_idempotency_key", $"An Idempotency-Key is one value of 1 to {LengthMax} visible ASCII characters.");
    }

    // Keyed: a body may hold a password, which a plain hash in the database would let others guess at their leisure.
    private static byte[] HashOf(HttpContext http, ReadOnlySpan<byte> body)
    {
        var request = http.Request;
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, http.RequestServices.GetRequiredService<RequestHashKey>().Bytes);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.PathBase}{request.Path}\n{request.QueryString}\n"));
        if (!request.HasJsonContentType() || !AppendTokens(hash, body))
            hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    // White space and escapes do not make another request; the order of members does, which costs a client nothing.
    private static bool AppendTokens(IncrementalHash hash, ReadOnlySpan<byte> body)
    {
        Span<byte> type = stackalloc byte[1];
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 64 });
        try
        {
            while (reader.Read())
            {
                type[0] = (byte)reader.TokenType;
                hash.AppendData(type);
                if (!reader.ValueIsEscaped)
                {
                    hash.AppendData(reader.ValueSpan);
                    continue;
                }
                var text = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
                hash.AppendData(text.AsSpan(0, reader.CopyString(text)));
                ArrayPool<byte>.Shared.Return(text);
            }
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON: the binder will say so. Until then the bytes are the request.
            return false;
        }
    }
}

/// <summary>The key of the hashes of requests.</summary>
internal sealed class RequestHashKey(Secrets secrets)
{
    public byte[] Bytes { get; } = secrets.Key("idempotency");
}
