using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Souk.Contracts.Identity;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Payments;

/// <summary>Whose tokens are good, where the identity service is not hosted.</summary>
internal sealed class PaymentsWorld : IIdentityApi, IDisposable
{
    private const string Kid = "test";
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public HttpClient SignIn(Uri url, Guid? accountId = null, string kind = "customer", string[]? everywhere = null, Guid[]? companies = null)
    {
        var now = (decimal)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000;
        var token = new AccessToken(
            "souk", "souk", accountId ?? Guid.CreateVersion7(), Guid.CreateVersion7(), now, now, now + 300, kind, everywhere ?? [],
            (companies ?? []).ToDictionary(company => company, _ => 0),
            [[Permissions.PaymentsRead, Permissions.RefundsManage, Permissions.PayoutsManage]]).Sign(key, Kid);
        var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public Task<IReadOnlyList<VerificationKey>> Keys(CancellationToken ct)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return Task.FromResult<IReadOnlyList<VerificationKey>>([new VerificationKey(Kid, Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y))]);
    }

    public Task<Revocations> Revocations(long after, CancellationToken ct) => Task.FromResult(new Revocations(after, []));

    public Task<Addressee?> Account(Guid accountId, CancellationToken ct) => Task.FromResult<Addressee?>(null);

    public Task<IReadOnlyList<Addressee>> Members(Guid companyId, string permission, CancellationToken ct) => Task.FromResult<IReadOnlyList<Addressee>>([]);

    public Task<MailedLink?> Link(Guid requestId, CancellationToken ct) => Task.FromResult<MailedLink?>(null);

    public Task<ApiKeyOwner?> ApiKey(string key, CancellationToken ct) => Task.FromResult<ApiKeyOwner?>(null);

    public void Dispose() => key.Dispose();
}
