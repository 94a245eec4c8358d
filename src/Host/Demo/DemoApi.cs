using System.Net.Http.Headers;
using System.Text.Json;

namespace Souk.Host.Demo;

/// <summary>Somebody of the demo marketplace at the public API: what demo data is made with is what everybody has.</summary>
internal sealed class DemoApi(HttpClient http, string? accessToken = null)
{
    public DemoApi As(string token) => new(http, token);

    public async Task<JsonElement> Get(string path, CancellationToken ct) => await Read(await Send(HttpMethod.Get, path, null, null, ct), ct);

    /// <summary>Sends a body; the same key a second time changes nothing, so a load that was interrupted is simply done again.</summary>
    public async Task<JsonElement> Post(string path, object body, CancellationToken ct, string? key = null) =>
        await Read(await Send(HttpMethod.Post, path, body, key, ct), ct);

    public async Task Delete(string path, CancellationToken ct) => await Read(await Send(HttpMethod.Delete, path, null, null, ct), ct);

    /// <summary>The same, answering null for a refusal.</summary>
    public async Task<JsonElement?> Try(string path, object body, CancellationToken ct, string? key = null)
    {
        using var answer = await Send(HttpMethod.Post, path, body, key, ct);
        return answer.IsSuccessStatusCode ? await Json(answer, ct) : null;
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, object? body, string? key, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (accessToken is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await http.SendAsync(request, ct);
    }

    private static async Task<JsonElement> Read(HttpResponseMessage answer, CancellationToken ct)
    {
        using (answer)
        {
            if (answer.IsSuccessStatusCode)
                return await Json(answer, ct);
            throw new InvalidOperationException(
                $"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.AbsolutePath} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");
        }
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }
}
