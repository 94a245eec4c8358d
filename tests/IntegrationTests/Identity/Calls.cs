using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Souk.Contracts.Identity;

namespace Souk.IntegrationTests.Identity;

/// <summary>What a request was answered.</summary>
internal sealed record Reply(int Status, JsonElement Json, HttpResponseHeaders Headers)
{
    public string? Code => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    public string Text(string member) => Json.GetProperty(member).GetString()!;

    public Guid Id(string member = "id") => Json.GetProperty(member).GetGuid();

    public Reply Must(int status)
    {
        Assert.True(Status == status, $"{Status} instead of {status}: {(Json.ValueKind == JsonValueKind.Undefined ? "" : Json.ToString())}");
        return this;
    }

    public Reply Refused(int status, string code)
    {
        Must(status);
        Assert.Equal(code, Code);
        return this;
    }
}

/// <summary>Requests of the tests of identity.</summary>
internal static class Calls
{
    public const string Password = "three cups of mint tea";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static Task<Reply> Get(this HttpClient client, string path) => client.Call(HttpMethod.Get, path);

    public static Task<Reply> Post(this HttpClient client, string path, object? body = null) => client.Call(HttpMethod.Post, path, body);

    public static Task<Reply> Put(this HttpClient client, string path, object body, string? ifMatch = null) =>
        client.Call(HttpMethod.Put, path, body, ("If-Match", ifMatch));

    public static Task<Reply> Delete(this HttpClient client, string path) => client.Call(HttpMethod.Delete, path);

    public static async Task<Reply> Call(
        this HttpClient client, HttpMethod method, string path, object? body = null, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        foreach (var (name, value) in headers)
            if (value is not null)
                request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await client.SendAsync(request, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        return new Reply((int)answer.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text), answer.Headers);
    }

    public static string NewEmail() => $"{Guid.CreateVersion7():N}@example.com";

    /// <summary>Reads its own profile with this access token.</summary>
    public static Task<Reply> Me(this HttpClient client, string accessToken) =>
        client.Call(HttpMethod.Get, "/profile/me", null, ("Authorization", "Bearer " + accessToken));

    /// <summary>A new customer whose address is not verified.</summary>
    public static async Task<(string Email, Guid AccountId)> NewCustomer(this HttpClient client)
    {
        var email = NewEmail();
        var registered = (await client.Post("/auth/register", new { kind = "customer", email, password = Password })).Must(201);
        return (email, registered.Json.GetProperty("account").GetProperty("id").GetGuid());
    }

    public static async Task<Reply> SignedIn(this HttpClient client, string email, string password = Password) =>
        (await client.Post("/auth/login", new { email, password })).Must(200);

    /// <summary>Subjects of the mails that went to an address.</summary>
    public static async Task<string[]> Mails(this HttpClient client, string email) =>
        [.. (await client.Get($"/mailbox.json?to={email}")).Must(200).Json.GetProperty("data").EnumerateArray()
            .Select(mail => mail.GetProperty("subject").GetString()!)];

    /// <summary>The links of an event's kind that were asked to be mailed for this key, oldest first.</summary>
    public static Task<List<Guid>> Requests(this SoukServer souk, string type, Guid key) => souk.Query(
        """
        select (payload ->> 'request_id')::uuid
          from (select id, type, key, payload from identity.log
                union all select id, type, key, payload from identity.outbox) e
         where type = $1 and key = $2 order by id
        """, row => row.GetGuid(0), type, key);

    /// <summary>The newest mail of a kind, as who sends it gets it.</summary>
    public static async Task<MailedLink> Mailed(this SoukServer souk, string type, Guid key)
    {
        var requests = await souk.Requests(type, key);
        Assert.NotEmpty(requests);
        await using var scope = souk.Services.CreateAsyncScope();
        var link = await scope.ServiceProvider.GetRequiredService<IIdentityApi>().Link(requests[^1], Ct);
        Assert.NotNull(link);
        return link;
    }
}
