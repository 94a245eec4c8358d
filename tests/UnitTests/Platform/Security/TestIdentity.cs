using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Souk.Contracts.Identity;
using Souk.Platform.Security;

namespace Souk.UnitTests.Platform.Security;

/// <summary>An Identity with one key and some API keys, and what the platform builds on it.</summary>
internal sealed class TestIdentity : IIdentityApi, IDisposable
{
    public const string Kid = "key-1";
    private readonly ServiceProvider services;

    public TestIdentity()
    {
        services = new ServiceCollection().AddSingleton<IIdentityApi>(this).BuildServiceProvider();
        Callers = new Callers(
            new VerificationKeys(services.GetRequiredService<IServiceScopeFactory>(), Clock), Revoked,
            services.GetRequiredService<IServiceScopeFactory>(), Clock, Options.Create(new TokenOptions()));
    }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestClock Clock { get; } = new();

    public RevokedTokens Revoked { get; } = new();

    public Callers Callers { get; }

    public Dictionary<string, ApiKeyOwner> ApiKeys { get; } = [];

    public int ApiKeyQuestions { get; private set; }

    public int KeyQuestions { get; private set; }

    /// <summary>The claims of a token that is good now.</summary>
    public AccessToken Claims(TimeSpan age = default)
    {
        var issued = (decimal)(Clock.GetUtcNow() - age).ToUnixTimeMilliseconds() / 1000;
        var company = Guid.CreateVersion7();
        return new AccessToken(
            "souk", "souk", Guid.CreateVersion7(), Guid.CreateVersion7(), issued, issued, issued + 300, "company", [],
            new Dictionary<Guid, int> { [company] = 0 }, [[Permissions.OrdersRead]]);
    }

    public static Secrets Secrets(string secret = "0123456789abcdef0123456789abcdef") => new(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Souk:Secret"] = secret }).Build());

    public Task<Addressee?> Account(Guid accountId, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<Addressee>> Members(Guid companyId, string permission, CancellationToken ct) => throw new NotSupportedException();

    public Task<MailedLink?> Link(Guid requestId, CancellationToken ct) => throw new NotSupportedException();

    public Task<Revocations> Revocations(long after, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<VerificationKey>> Keys(CancellationToken ct)
    {
        KeyQuestions++;
        var point = Key.ExportParameters(includePrivateParameters: false).Q;
        return Task.FromResult<IReadOnlyList<VerificationKey>>(
            [new VerificationKey(Kid, Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y))]);
    }

    public Task<ApiKeyOwner?> ApiKey(string key, CancellationToken ct)
    {
        ApiKeyQuestions++;
        return Task.FromResult(ApiKeys.GetValueOrDefault(key));
    }

    public void Dispose()
    {
        Key.Dispose();
        services.Dispose();
    }
}
