using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.SignIn;

/// <summary>
/// Slows guessing down: each failure after the free ones doubles the time until the next try, per account and per network.
/// An account that does not exist is counted the same way, so the delay tells nothing. A device that has signed in before
/// is counted for itself, and so is a session whose owner is asked for the password again: strangers cannot lock the owner out.
/// </summary>
internal sealed class SignInDelays(Service<IdentityDb> service, Secrets secrets, IOptions<IdentityOptions> options)
{
    private readonly byte[] scopeKey = secrets.Key("identity:sign-in-scope");

    public static string Account(Guid accountId) => $"account:{accountId:N}";

    public static string Device(Guid accountId, Guid deviceId) => $"device:{accountId:N}:{deviceId:N}";

    /// <summary>Somebody who is signed in and gives the password again.</summary>
    public static string Session(Guid sessionId) => $"session:{sessionId:N}";

    /// <summary>A name that no account has. Hashed: people type passwords into the wrong field.</summary>
    public string Unknown(string name) =>
        "unknown:" + Convert.ToHexStringLower(HMACSHA256.HashData(scopeKey, Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    /// <summary>The network of an address: its /24, for IPv6 its /64.</summary>
    public static string Network(IPAddress? address)
    {
        if (address is null)
            return "network:";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        return "network:" + Convert.ToHexStringLower(bytes.AsSpan(0, address.AddressFamily == AddressFamily.InterNetwork ? 3 : 8));
    }

    /// <summary>Refuses while one of the scopes waits.</summary>
    /// <exception cref="RuleException">429 <c>too_many_attempts</c>, with the seconds to wait.</exception>
    public async Task Check(string[] scopes, CancellationToken ct)
    {
        var blocked = await service.Query(
            """
            select ceil(extract(epoch from max(blocked_until) - now()))::int from sign_in_failures
             where scope = any($1) and blocked_until > now()
            """,
            row => row.IsDBNull(0) ? (int?)null : row.GetInt32(0), ct, (object)scopes);
        if (blocked is [{ } seconds])
            throw new RuleException(429, "too_many_attempts", "Too many failed sign-ins. Wait as long as Retry-After says, or reset your password.")
            {
                More = { ["retry_after"] = Math.Max(1, seconds) },
            };
    }

    /// <summary>Counts a failure, committed by itself: the request that failed is rolled back.</summary>
    public async Task Failed(string[] scopes, CancellationToken ct)
    {
        // An hour without a failure forgives all: a delay at its longest allows four tries an hour.
        await service.Execute(
            """
            insert into sign_in_failures as f (scope, failures, last_at, blocked_until)
            select scope, 1, now(), '-infinity' from unnest($1::text[]) as s(scope)
            on conflict (scope) do update set
                failures = case when f.last_at < now() - interval '1 hour' then 1 else f.failures + 1 end,
                last_at = now(),
                blocked_until = case
                    when f.last_at < now() - interval '1 hour' then '-infinity'
                    when f.failures + 1 <= case when f.scope like 'network:%' then $2 else $3 end then '-infinity'
                    else now() + least($4::interval, make_interval(secs => power(2,
                        least(20, f.failures + 1 - case when f.scope like 'network:%' then $2 else $3 end)))) end
            """,
            ct, scopes, options.Value.NetworkFailuresFree, options.Value.FailuresFree, options.Value.DelayMax);
    }

    /// <summary>Forgives with the transaction: the right password was given, or a new one set.</summary>
    public static void Forgive(IdentityDb db, string scope) => db.Run("delete from sign_in_failures where scope = $1", scope);
}
