using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Souk.Identity.Domain;
using Souk.Platform.Http;

namespace Souk.Identity.SignIn;

/// <summary>What came of checking a password.</summary>
internal enum PasswordCheck
{
    Wrong,
    Right,

    /// <summary>Right, and kept with fewer iterations than now: hash it again.</summary>
    RightButOld,
}

/// <summary>
/// Hashes passwords with ASP.NET Core Identity's PBKDF2-SHA512, a few at once and a short queue behind them: a hash costs a
/// tenth of a second of a core, and a flood of sign-ins must not take the cores from the checkouts. Never called while a
/// transaction is open.
/// </summary>
internal sealed class Passwords
{
    private readonly PasswordHasher<Account> hasher;
    private readonly SemaphoreSlim turns;
    private readonly int waitingMax;
    private readonly Lazy<string> nobodys;
    private int inside;

    public Passwords(IOptions<IdentityOptions> options)
    {
        hasher = new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations }));
        turns = new SemaphoreSlim(options.Value.HashingParallelism);
        waitingMax = options.Value.HashingParallelism + options.Value.HashingQueue;
        nobodys = new Lazy<string>(() => hasher.HashPassword(null!, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))));
    }

    /// <summary>What to store of a password.</summary>
    /// <exception cref="RuleException">429 <c>busy_hashing</c>: too many are waiting.</exception>
    public Task<string> Hash(string password, CancellationToken ct) => InTurn(() => hasher.HashPassword(null!, password), ct);

    /// <summary>Whether it is the password. Costs the same when there is no account (<paramref name="hash" /> null).</summary>
    /// <exception cref="RuleException">429 <c>busy_hashing</c>: too many are waiting.</exception>
    public Task<PasswordCheck> Check(string? hash, string password, CancellationToken ct) => InTurn(
        () => hasher.VerifyHashedPassword(null!, hash ?? nobodys.Value, password) switch
        {
            PasswordVerificationResult.Success when hash is not null => PasswordCheck.Right,
            PasswordVerificationResult.SuccessRehashNeeded when hash is not null => PasswordCheck.RightButOld,
            _ => PasswordCheck.Wrong,
        },
        ct);

    private async Task<T> InTurn<T>(Func<T> work, CancellationToken ct)
    {
        if (Interlocked.Increment(ref inside) > waitingMax)
        {
            Interlocked.Decrement(ref inside);
            throw new RuleException(429, "busy_hashing", "Many people sign in at this moment. Retry in a second.");
        }
        try
        {
            await turns.WaitAsync(ct);
            try
            {
                return await Task.Run(work, ct);
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref inside);
        }
    }
}
