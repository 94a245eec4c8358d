using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests;

/// <summary>
/// Somebody who signed in through the public API: a client that sends the access token and takes a new one before it runs
/// out. Made by <see cref="SoukServer" />.
/// </summary>
public sealed class Person : HttpClient
{
    private readonly SignedInHandler signedIn;

    internal Person(Uri url, SignedInHandler signedIn) : base(signedIn, disposeHandler: false)
    {
        BaseAddress = url;
        this.signedIn = signedIn;
    }

    /// <summary>The same, for those who like to say it.</summary>
    public HttpClient Http => this;

    /// <summary>The account.</summary>
    public Guid AccountId { get; internal init; }

    /// <summary>The address it signs in with.</summary>
    public string Email { get; internal init; } = "";

    /// <summary>The password it signs in with.</summary>
    public string Password { get; internal init; } = "";

    /// <summary>The company it founded; empty when there is none.</summary>
    public Guid CompanyId { get; internal init; }

    /// <summary>The shop it opened; empty when there is none.</summary>
    public Guid ShopId { get; internal init; }

    /// <summary>The access token of now.</summary>
    public string AccessToken => signedIn.AccessToken;

    /// <summary>Signs in again: what the token says about companies and permissions is of the sign-in.</summary>
    public Task SignInAgain() => signedIn.SignIn(TestContext.Current.CancellationToken);
}

/// <summary>Sends the access token with every request.</summary>
internal sealed class SignedInHandler(HttpMessageHandler inner, Uri url, string email, string password) : DelegatingHandler(inner)
{
    // Access tokens live 5 minutes.
    private static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(4);
    private readonly SemaphoreSlim turn = new(1);
    private long signedInAt;

    public string AccessToken { get; private set; } = "";

    public async Task SignIn(CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "/auth/login")) { Content = JsonContent.Create(new { email, password }) };
        using var answer = await base.SendAsync(request, ct);
        Assert.True(answer.IsSuccessStatusCode, $"POST /auth/login: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(ct)}");
        AccessToken = (await answer.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("access_token").GetString()!;
        signedInAt = TimeProvider.System.GetTimestamp();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (AccessToken.Length == 0 || TimeProvider.System.GetElapsedTime(signedInAt) > AgeMax)
                await SignIn(cancellationToken);
        }
        finally
        {
            turn.Release();
        }
        request.Headers.Authorization ??= new AuthenticationHeaderValue("Bearer", AccessToken);
        return await base.SendAsync(request, cancellationToken);
    }
}
