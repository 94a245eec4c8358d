using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Payments;

/// <summary>What a route answered, with the problem's code where it is one.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonElement Body, string? Location, bool Replayed)
{
    public string? Code => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    public JsonElement this[string member] => Body.GetProperty(member);
}

internal static class Requests
{
    public static async Task<Answer> Get(this HttpClient client, string path) =>
        await Read(await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));

    /// <summary>Posts with an idempotency key; a new one unless given, none when empty.</summary>
    public static async Task<Answer> Post(this HttpClient client, string path, object body, string? key = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, path)
        {
            Content = body is string raw ? new StringContent(raw, System.Text.Encoding.UTF8, "application/json") : JsonContent.Create(body),
        };
        if (key != "")
            request.Headers.Add("Idempotency-Key", key ?? Guid.CreateVersion7().ToString());
        return await Read(await client.SendAsync(request, TestContext.Current.CancellationToken));
    }

    public static async Task<Answer> Read(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var body = text.Length > 0 && response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
                ? JsonDocument.Parse(text).RootElement
                : default;
            return new Answer(response.StatusCode, body, response.Headers.Location?.ToString(), response.Headers.Contains("Idempotent-Replayed"));
        }
    }
}
