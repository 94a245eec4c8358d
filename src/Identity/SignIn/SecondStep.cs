using System.Security.Cryptography;
using System.Text;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.SignIn;

/// <summary>
/// The second step of a sign-in: a code of the owner's app, each good once, or one of the recovery codes. Secrets lie in the
/// database encrypted under the deployment's secret, of recovery codes only a hash does.
/// </summary>
internal sealed class SecondStep(IdentityDb db, Secrets secrets, SignInDelays delays)
{
    public const int RecoveryCodesCount = 10;
    private const int RecoveryCodeBytes = 8;
    private const int RecoveryCodeLength = 13; // base32 of the bytes
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>Begins: a secret that counts once a code of it was given. Null when the account has the second step already.</summary>
    public async Task<byte[]?> Begin(Guid accountId, CancellationToken ct)
    {
        var secret = Totp.NewSecret();
        var begun = await db.Query("""
            insert into totp (account_id, secret) values ($1, $2)
                on conflict (account_id) do update set secret = excluded.secret, last_step = 0, created_at = now()
             where totp.confirmed_at is null returning 1
            """, _ => 0, ct, accountId, Encrypt(accountId, secret));
        return begun.Count == 0 ? null : secret;
    }

    /// <summary>Turns it on with a first code, and answers the recovery codes.</summary>
    /// <exception cref="RuleException">409 <c>totp_not_begun</c> or <c>totp_on</c>, 422 <c>invalid_code</c>, 429.</exception>
    public async Task<IReadOnlyList<string>> Confirm(Guid accountId, string code, CancellationToken ct)
    {
        if (await Read(accountId, ct) is not { } kept)
            throw new RuleException("totp_not_begun", "Ask for a secret first, and give it to your app.");
        if (kept.IsOn)
            throw new RuleException("totp_on", "Two-step sign-in is on already.");
        if (!await Try(accountId, () => UseCode(kept, accountId, code, ct), ct))
            throw RuleException.Invalid("/code", "invalid_code", "Give the code that your app shows now.");
        db.Run("update totp set confirmed_at = now() where account_id = $1", accountId);
        return NewRecoveryCodes(accountId);
    }

    /// <summary>Uses up a code of the app or a recovery code. False when it is neither.</summary>
    /// <exception cref="RuleException">429 <c>too_many_attempts</c>.</exception>
    public async Task<bool> Check(Guid accountId, string code, CancellationToken ct) =>
        await Read(accountId, ct) is { IsOn: true } kept
        && await Try(
            accountId, async () => await UseCode(kept, accountId, code, ct) || await UseRecoveryCode(accountId, code, ct), ct);

    /// <summary>Makes new recovery codes; those before open nothing any more.</summary>
    public IReadOnlyList<string> NewRecoveryCodes(Guid accountId)
    {
        string[] codes = [.. Enumerable.Range(0, RecoveryCodesCount)
            .Select(_ => Totp.Base32(RandomNumberGenerator.GetBytes(RecoveryCodeBytes)).ToLowerInvariant())];
        db.Run("delete from recovery_codes where account_id = $1", accountId);
        db.Run("insert into recovery_codes (account_id, hash) select $1, unnest($2::bytea[])",
            accountId, codes.Select(code => HashOf(accountId, code)).ToArray());
        return [.. codes.Select(code => $"{code[..4]}-{code[4..8]}-{code[8..]}")];
    }

    /// <summary>Turns it off. False when it was.</summary>
    public async Task<bool> End(Guid accountId, CancellationToken ct) =>
        await db.Query("delete from totp where account_id = $1 returning confirmed_at is not null", row => row.GetBoolean(0), ct, accountId)
            is [true];

    // Whoever gets here knows the password, so no stranger delays the owner.
    private async Task<bool> Try(Guid accountId, Func<Task<bool>> use, CancellationToken ct)
    {
        string[] scopes = [$"second:{accountId:N}"];
        await delays.Check(scopes, ct);
        if (await use())
        {
            SignInDelays.Forgive(db, scopes[0]);
            return true;
        }
        await delays.Failed(scopes, ct);
        return false;
    }

    private async Task<bool> UseCode(Kept kept, Guid accountId, string code, CancellationToken ct) =>
        Totp.Match(Decrypt(accountId, kept.Secret), code, kept.Now, kept.LastStep) is { } step
        // Of two sign-ins with one code at once, one gets here first.
        && (await db.Query("update totp set last_step = $2 where account_id = $1 and last_step < $2 returning 1",
            _ => 0, ct, accountId, step)).Count == 1;

    private async Task<bool> UseRecoveryCode(Guid accountId, string code, CancellationToken ct)
    {
        var plain = code.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        return plain.Length == RecoveryCodeLength
            && (await db.Query("""
                update recovery_codes set used_at = now() where account_id = $1 and hash = $2 and used_at is null returning 1
                """, _ => 0, ct, accountId, HashOf(accountId, plain))).Count == 1;
    }

    // The database's clock: a code lives for a minute, and one process with a wrong clock would refuse them all.
    private async Task<Kept?> Read(Guid accountId, CancellationToken ct) => (await db.Query(
        "select secret, confirmed_at is not null, last_step, clock_timestamp() from totp where account_id = $1 for update",
        row => new Kept(row.GetFieldValue<byte[]>(0), row.GetBoolean(1), row.GetInt64(2), row.GetFieldValue<DateTimeOffset>(3)),
        ct, accountId)).FirstOrDefault();

    private byte[] HashOf(Guid accountId, string code) =>
        HMACSHA256.HashData(secrets.Key("identity:recovery-codes"), (byte[])[.. accountId.ToByteArray(), .. Encoding.UTF8.GetBytes(code)]);

    private byte[] Encrypt(Guid accountId, byte[] plain)
    {
        var box = new byte[NonceLength + TagLength + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceLength));
        using var aes = new AesGcm(secrets.Key("identity:totp"), TagLength);
        aes.Encrypt(
            box.AsSpan(0, NonceLength), plain, box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength),
            accountId.ToByteArray());
        return box;
    }

    private byte[] Decrypt(Guid accountId, byte[] box)
    {
        var plain = new byte[box.Length - NonceLength - TagLength];
        using var aes = new AesGcm(secrets.Key("identity:totp"), TagLength);
        aes.Decrypt(
            box.AsSpan(0, NonceLength), box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength), plain,
            accountId.ToByteArray());
        return plain;
    }

    private sealed record Kept(byte[] Secret, bool IsOn, long LastStep, DateTimeOffset Now);
}
