using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Souk.Contracts.Identity;
using Souk.Platform.Http;

namespace Souk.Platform.Security;

/// <summary>
/// The public keys that access tokens may be signed with. Identity publishes a key before it signs with it, so an unknown
/// name is asked for at most once a second, whoever sends how many.
/// </summary>
internal sealed class VerificationKeys(IServiceScopeFactory scopes, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan AskMin = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim asking = new(1);
    private readonly ConcurrentBag<ECDsa> retired = [];
    private volatile Dictionary<string, ECDsa> keys = [];
    private volatile bool known;
    private long? askedAt;

    /// <summary>Whether the ring was read. Before that no good token can be told from a false one.</summary>
    public bool Known => known;

    /// <summary>The key of this name; null when the ring has none.</summary>
    /// <exception cref="RuleException">503: the ring was never read. A good token must not be called a bad one.</exception>
    public async ValueTask<ECDsa?> Find(string kid, CancellationToken ct)
    {
        if (keys.TryGetValue(kid, out var key))
            return key;
        await asking.WaitAsync(ct);
        try
        {
            if (!keys.ContainsKey(kid) && (askedAt is not { } at || clock.GetElapsedTime(at) >= AskMin))
                await Load(ct);
        }
        finally
        {
            asking.Release();
        }
        return known ? keys.GetValueOrDefault(kid) : throw Callers.IdentityUnreachable();
    }

    /// <summary>Asks for the ring again: what was retired is forgotten.</summary>
    public async Task Refresh(CancellationToken ct)
    {
        await asking.WaitAsync(ct);
        try
        {
            await Load(ct);
        }
        finally
        {
            asking.Release();
        }
    }

    public void Dispose()
    {
        asking.Dispose();
        foreach (var key in keys.Values.Concat(retired))
            key.Dispose();
    }

    private async Task Load(CancellationToken ct)
    {
        askedAt = clock.GetTimestamp();
        await using var scope = scopes.CreateAsyncScope();
        if (scope.ServiceProvider.GetService<IIdentityApi>() is not { } identity)
        {
            // There is nobody to ask: then there are no tokens either.
            known = true;
            return;
        }
        var ring = await identity.Keys(ct);
        var old = keys;
        var next = ring.ToDictionary(key => key.Kid, key => old.GetValueOrDefault(key.Kid) ?? Import(key), StringComparer.Ordinal);
        (keys, known) = (next, true);
        // A request may be using it this moment: it is given back with the process. There are few.
        foreach (var gone in old.Where(key => !next.ContainsKey(key.Key)))
            retired.Add(gone.Value);
    }

    private static ECDsa Import(VerificationKey key) => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = Base64Url.DecodeFromChars(key.X), Y = Base64Url.DecodeFromChars(key.Y) },
    });
}
