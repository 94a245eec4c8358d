using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Souk.Contracts.Identity;
using Souk.Platform.Http;

namespace Souk.Platform.Security;

/// <summary>
/// Who an access token or an API key stands for. Verifying a signature costs more than the rest of a small request, so what
/// was verified is remembered by the token's hash; expiry and revocation are checked every time.
/// </summary>
internal sealed class Callers(
    VerificationKeys keys, RevokedTokens revoked, IServiceScopeFactory scopes, TimeProvider clock, IOptions<TokenOptions> options)
{
    private const int RememberedMax = 20_000;
    private const int ApiKeyLengthMax = 200;

    // Clocks of our own machines differ a little; RFC 9068 allows "a few minutes", we one.
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    // A revoked key is refused within this time; a wrong one costs one question in this time.
    private static readonly TimeSpan ApiKeyLife = TimeSpan.FromSeconds(3);

    private readonly Recent<Hash, Verified> tokens = new(RememberedMax);
    private readonly Recent<Hash, KnownApiKey> apiKeys = new(RememberedMax);

    /// <summary>The caller of an access token; null when it is not good, for whatever reason.</summary>
    public async ValueTask<Caller?> OfToken(string token, CancellationToken ct)
    {
        if (token.Length is 0 or > AccessToken.LengthMax)
            return null;
        var hash = Hash.Of(token);
        if (!tokens.TryGet(hash, out var verified))
        {
            if (await Verify(token, ct) is not { } fresh)
                return null;
            tokens.Set(hash, verified = fresh);
        }
        var now = clock.GetUtcNow();
        return now >= verified.Expires + Leeway || now < verified.NotBefore - Leeway
            || revoked.Contains(verified.Caller.SessionId!.Value, verified.Caller.AccountId!.Value, verified.IssuedAt)
            ? null
            : verified.Caller;
    }

    /// <summary>The caller of an API key; null when it is none of ours or was revoked.</summary>
    public async ValueTask<Caller?> OfApiKey(string key, CancellationToken ct)
    {
        if (key.Length is 0 or > ApiKeyLengthMax)
            return null;
        var hash = Hash.Of(key);
        if (apiKeys.TryGet(hash, out var known) && clock.GetElapsedTime(known.AskedAt) < ApiKeyLife)
            return known.Caller;
        await using var scope = scopes.CreateAsyncScope();
        var owner = await Identity(scope.ServiceProvider).ApiKey(key, ct);
        var caller = owner is null ? null : new Caller
        {
            AccountId = owner.AccountId,
            ApiKeyId = owner.KeyId,
            Kind = "company",
            Companies = new Dictionary<Guid, IReadOnlySet<string>>
            {
                [owner.CompanyId] = OfMember(owner.Permissions),
            },
        };
        apiKeys.Set(hash, new KnownApiKey(caller, clock.GetTimestamp()));
        return caller;
    }

    private async Task<Verified?> Verify(string token, CancellationToken ct)
    {
        if (AccessToken.ReadKid(token) is not { } kid || await keys.Find(kid, ct) is not { } key)
            return null;
        AccessToken? says;
        // Instances of ECDsa do not promise to be used by two at once; misses are rare.
        lock (key)
            says = AccessToken.ReadSigned(token, key);
        if (says is null || says.Iss != options.Value.Issuer || says.Aud != options.Value.Audience)
            return null;
        if (Time(says.Iat) is not { } issuedAt || Time(says.Nbf) is not { } notBefore || Time(says.Exp) is not { } expires)
            return null;
        if (expires - issuedAt > options.Value.Lifetime + Leeway || says.Companies.Values.Any(set => set < 0 || set >= says.PermissionSets.Count))
            return null;

        var sets = says.PermissionSets.Select(IReadOnlySet<string> (set) => OfMember(set)).ToArray();
        var caller = new Caller
        {
            AccountId = says.Sub,
            SessionId = says.Sid,
            Kind = says.Kind,
            Permissions = says.Permissions.ToHashSet(StringComparer.Ordinal),
            Companies = says.Companies.ToDictionary(company => company.Key, company => sets[company.Value]),
            Shops = says.Shops ?? new Dictionary<Guid, Guid>(),
        };
        return new Verified(caller, issuedAt, notBefore, expires);
    }

    // A role of a company that names a right of the staff, by mistake or by malice, does not open what is no company's.
    private static HashSet<string> OfMember(IEnumerable<string> permissions) =>
        permissions.Where(permission => !Permissions.OfStaffOnly.Contains(permission)).ToHashSet(StringComparer.Ordinal);

    private static DateTimeOffset? Time(decimal seconds) =>
        seconds is > 0 and < 10_000_000_000 ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)) : null;

    private static IIdentityApi Identity(IServiceProvider services) =>
        services.GetService<IIdentityApi>() ?? throw IdentityUnreachable();

    internal static RuleException IdentityUnreachable() =>
        new(503, "identity_unreachable", "Who you are cannot be checked right now. Retry in a moment.");

    private sealed record Verified(Caller Caller, DateTimeOffset IssuedAt, DateTimeOffset NotBefore, DateTimeOffset Expires);

    private sealed record KnownApiKey(Caller? Caller, long AskedAt);

    private readonly record struct Hash(UInt128 High, UInt128 Low)
    {
        public static Hash Of(string secret)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes(secret), hash);
            return new Hash(
                System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash),
                System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
        }
    }
}
