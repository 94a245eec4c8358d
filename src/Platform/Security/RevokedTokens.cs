using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Souk.Contracts.Identity;
using Souk.Platform.Events;

namespace Souk.Platform.Security;

/// <summary>
/// Sessions and tokens that ended before their time. Every process asks Identity once a second for what is new and keeps it
/// for longer than a token lives; while Identity cannot be reached a token lives at most its five minutes.
/// </summary>
public sealed class RevokedTokens
{
    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> sessions = new();
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> accounts = new();

    internal Signal Asked { get; } = new();

    /// <summary>This process asks at once; call it after the commit that ended something.</summary>
    public void AskNow() => Asked.Set();

    internal bool Contains(Guid sessionId, Guid accountId, DateTimeOffset issuedAt) =>
        sessions.ContainsKey(sessionId) || (accounts.TryGetValue(accountId, out var notBefore) && issuedAt < notBefore);

    internal void Add(Revocation ended)
    {
        if (ended.SessionId is { } session)
            sessions[session] = ended.NotBefore;
        else
            accounts.AddOrUpdate(ended.AccountId, ended.NotBefore, (_, known) => known > ended.NotBefore ? known : ended.NotBefore);
    }

    internal void Forget(DateTimeOffset now)
    {
        foreach (var gone in sessions.Where(session => session.Value < now - Keep))
            sessions.TryRemove(gone);
        foreach (var gone in accounts.Where(account => account.Value < now - Keep))
            accounts.TryRemove(gone);
    }
}

/// <summary>Keeps <see cref="RevokedTokens" /> and <see cref="VerificationKeys" /> up to date, in every process.</summary>
internal sealed class RevocationFeed(
    RevokedTokens revoked, VerificationKeys keys, IServiceScopeFactory scopes, TimeProvider clock, ILogger<RevocationFeed> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeysEvery = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var position = 0L;
        long? keysAt = null;
        var away = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                position = await Ask(position, stoppingToken);
                if (keysAt is not { } at || clock.GetElapsedTime(at) > KeysEvery)
                {
                    await keys.Refresh(stoppingToken);
                    revoked.Forget(clock.GetUtcNow());
                    keysAt = clock.GetTimestamp();
                }
                if (away)
                    logger.LogInformation("Identity answers again");
                away = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Once for an outage: it is asked every second.
                if (!away)
                    logger.LogWarning(e,
                        "Identity cannot be asked what was revoked: ended sessions live until their tokens run out");
                away = true;
            }
            try
            {
                await revoked.Asked.Wait(Every, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<long> Ask(long after, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        if (scope.ServiceProvider.GetService<IIdentityApi>() is not { } identity)
            return after;
        var ended = await identity.Revocations(after, ct);
        foreach (var item in ended.Items)
            revoked.Add(item);
        return ended.Position;
    }
}
