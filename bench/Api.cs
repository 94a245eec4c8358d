using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Souk.Bench;

/// <summary>The public API for set-up and for playing real input: one caller's requests, repeated when the server was away.</summary>
internal sealed class Api(HttpClient http)
{
    private static readonly TimeSpan AwayMax = TimeSpan.FromMinutes(2);

    public string? AccessToken { get; set; }

    public string? ApiKey { get; set; }

    public string? CartToken { get; set; }

    /// <param name="address">The server.</param>
    /// <param name="watch">Sees every request, the repeated ones too.</param>
    public static HttpClient Connect(Uri address, DelegatingHandler? watch = null) => new(Through(watch, new SocketsHttpHandler { MaxConnectionsPerServer = 64, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }))
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Another caller on the same connections.</summary>
    public Api As(string? accessToken = null, string? apiKey = null, string? cartToken = null) =>
        new(http) { AccessToken = accessToken, ApiKey = apiKey, CartToken = cartToken };

    public Task<Reply> Get(string path, string? orderToken = null) => Send(HttpMethod.Get, path, null, null, orderToken);

    public Task<Reply> Post(string path, object? body, string? key = null, string? orderToken = null) => Send(HttpMethod.Post, path, body, key, orderToken);

    /// <summary>
    /// The same for what stands on news from another service: a shop, an offer, a price that was made moments ago and is not
    /// known there yet. While the broker is away, news waits as long as it does.
    /// </summary>
    public async Task<Reply> PostWhenKnown(string path, object? body, string? key = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var late = TimeProvider.System.GetElapsedTime(started) > AwayMax;
            var reply = await Post(path, body, key);
            if (reply.Ok || late || reply.Code is not ("shop_required" or "company_required" or "unknown_shop" or "company_not_approved" or "not_available" or "payments_do_not_sum" or "offer_required"))
                return reply;
            await Task.Delay(50);
        }
    }

    public Task<Reply> Put(string path, object? body) => Send(HttpMethod.Put, path, body, null, null);

    /// <summary>
    /// Sends, and again while the server is away, busy or still running the first try. A repeated POST carries its key, so
    /// it has one effect.
    /// </summary>
    public async Task<Reply> Send(HttpMethod method, string path, object? body, string? key, string? orderToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            var late = TimeProvider.System.GetElapsedTime(started) > AwayMax;
            try
            {
                using var request = new HttpRequestMessage(method, path);
                if (AccessToken is not null)
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AccessToken);
                if (ApiKey is not null)
                    request.Headers.Add("X-Api-Key", ApiKey);
                if (CartToken is not null)
                    request.Headers.Add("X-Cart-Token", CartToken);
                if (key is not null)
                    request.Headers.Add("Idempotency-Key", key);
                if (orderToken is not null)
                    request.Headers.Add("X-Order-Token", orderToken);
                if (body is not null)
                    request.Content = JsonContent.Create(body);
                using var answer = await http.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                var reply = new Reply(answer.StatusCode, text.StartsWith('{') || text.StartsWith('[') ? JsonNode.Parse(text) : null, text);
                var again = reply.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests
                        or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout
                    || reply.Code is "still_running" or "changed_meanwhile";
                if (!again || late)
                    return reply;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !late)
            {
            }
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(1000, 50 << Math.Min(attempt, 5))));
        }
    }

    private static HttpMessageHandler Through(DelegatingHandler? watch, HttpMessageHandler connections)
    {
        if (watch is null)
            return connections;
        watch.InnerHandler = connections;
        return watch;
    }
}

/// <summary>An answer of the API.</summary>
internal sealed record Reply(HttpStatusCode Status, JsonNode? Json, string Text)
{
    public string? Code => Json is JsonObject o ? (string?)o["code"] : null;

    public bool Ok => (int)Status is >= 200 and < 300;

    /// <summary>The body of a success; anything else ends the program with what the server said.</summary>
    public JsonNode Must(params HttpStatusCode[] also) =>
        Ok || also.Contains(Status) ? Json ?? new JsonObject() : throw new InvalidOperationException($"The server answered {(int)Status}: {Text[..Math.Min(600, Text.Length)]}");
}
