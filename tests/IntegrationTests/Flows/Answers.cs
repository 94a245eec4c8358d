using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Flows;

/// <summary>Requests of the tests of orders, and what was answered.</summary>
internal static class Answers
{
    public static async Task<JsonElement> Read(this HttpClient client, string path, HttpStatusCode expected = HttpStatusCode.OK) =>
        await Body(await client.GetAsync(path, TestContext.Current.CancellationToken), expected);

    public static async Task<JsonElement> Send(this HttpClient client, string path, object body, HttpStatusCode expected = HttpStatusCode.OK) =>
        await Body(await client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken), expected);

    public static async Task<JsonElement> Remove(this HttpClient client, string path, HttpStatusCode expected = HttpStatusCode.NoContent) =>
        await Body(await client.DeleteAsync(path, TestContext.Current.CancellationToken), expected);

    public static string? Text(this JsonElement json, string member) => json.GetProperty(member).GetString();

    public static async Task<JsonElement> Body(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(expected == answer.StatusCode, $"{(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }
}
