using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Npgsql;
using Souk.Contracts.Identity;
using Souk.Platform.Db;
using Souk.Platform.Security;

namespace Souk.Identity.SignIn;

/// <summary>
/// The key ring: one key signs, the next one is already published, retired ones verify until the last token they signed has
/// run out. Private keys lie in the database encrypted under the deployment's secret.
/// </summary>
internal sealed class SigningKeys(Service<IdentityDb> service, Secrets secrets, IOptions<IdentityOptions> options, TimeProvider clock) : IDisposable
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const long LockKey = 0x6B657973; // "keys"

    // Longer than a token lives and longer than a verifier keeps the ring.
    private static readonly TimeSpan RetiredLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);

    private readonly byte[] secret = secrets.Key("identity:signing-keys");
    private readonly SemaphoreSlim loading = new(1);
    private Active? active;

    /// <summary>Signs with the active key.</summary>
    public async ValueTask<string> Sign(AccessToken token, CancellationToken ct)
    {
        var key = active;
        if (key is null || clock.GetElapsedTime(key.LoadedAt) > Remembered)
            key = await Load(ct);
        // Instances of ECDsa do not promise to be used by two at once.
        lock (key)
            return token.Sign(key.Key, key.Kid);
    }

    /// <summary>
    /// All public keys of the ring. Whoever asks for it before anything was signed makes it: a verifier that had seen it
    /// empty would take the first token for a false one.
    /// </summary>
    public async Task<IReadOnlyList<VerificationKey>> Published(CancellationToken ct)
    {
        var ring = await Ring(ct);
        if (ring.Count > 0)
            return ring;
        await Turn(ct);
        return await Ring(ct);
    }

    /// <summary>
    /// Makes what is missing of the ring and turns it when the active key is old enough. The next key has been published for
    /// as long as the one before it signed, so every verifier knows it.
    /// </summary>
    public async Task Turn(CancellationToken ct)
    {
        await using var connection = await service.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // One at a time: two processes that start on an empty ring must agree on its first key.
        await Execute(connection, "select pg_advisory_xact_lock($1)", ct, LockKey);
        await Execute(connection, "delete from signing_keys where state = 'retired' and retired_at < now() - $1::interval", ct, RetiredLife);
        await Execute(connection, """
            update signing_keys set state = 'retired', retired_at = now()
             where state = 'active' and activated_at < now() - $1::interval and exists (select 1 from signing_keys where state = 'next')
            """, ct, options.Value.SigningKeyLife);
        await Execute(connection, """
            update signing_keys set state = 'active', activated_at = now()
             where state = 'next' and not exists (select 1 from signing_keys where state = 'active')
            """, ct);
        if (await Count(connection, "active", ct) == 0)
            await Insert(connection, "active", ct);
        if (await Count(connection, "next", ct) == 0)
            await Insert(connection, "next", ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Forgets the key in memory, so that the next token is signed with the ring as it is.</summary>
    public void Forget() => active = null;

    public void Dispose() => loading.Dispose();

    private Task<List<VerificationKey>> Ring(CancellationToken ct) => service.Query(
        "select kid, x, y from signing_keys order by created_at",
        row => new VerificationKey(
            row.GetString(0), Base64Url.EncodeToString(row.GetFieldValue<byte[]>(1)), Base64Url.EncodeToString(row.GetFieldValue<byte[]>(2))),
        ct);

    private async Task<Active> Load(CancellationToken ct)
    {
        await loading.WaitAsync(ct);
        try
        {
            if (active is { } known && clock.GetElapsedTime(known.LoadedAt) <= Remembered)
                return known;
            var loaded = await Read(ct);
            if (loaded is null)
            {
                await Turn(ct);
                loaded = await Read(ct);
            }
            return active = loaded ?? throw new InvalidOperationException("The ring of signing keys has no active key.");
        }
        finally
        {
            loading.Release();
        }
    }

    private async Task<Active?> Read(CancellationToken ct)
    {
        var found = await service.Query(
            "select kid, private_key from signing_keys where state = 'active'",
            row => (Kid: row.GetString(0), PrivateKey: row.GetFieldValue<byte[]>(1)), ct);
        if (found is not [var (kid, privateKey), ..])
            return null;
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Decrypt(kid, privateKey), out _);
        return new Active(kid, key, clock.GetTimestamp());
    }

    private async Task Insert(NpgsqlConnection connection, string state, CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var kid = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12));
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        await Execute(connection, """
            insert into signing_keys (kid, state, x, y, private_key, activated_at)
            values ($1, $2, $3, $4, $5, case when $2 = 'active' then now() end)
            """, ct, kid, state, point.X!, point.Y!, Encrypt(kid, key.ExportPkcs8PrivateKey()));
    }

    private byte[] Encrypt(string kid, byte[] plain)
    {
        var box = new byte[NonceLength + TagLength + plain.Length];
        var nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(secret, TagLength);
        aes.Encrypt(nonce, plain, box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength), System.Text.Encoding.UTF8.GetBytes(kid));
        CryptographicOperations.ZeroMemory(plain);
        return box;
    }

    private byte[] Decrypt(string kid, byte[] box)
    {
        var plain = new byte[box.Length - NonceLength - TagLength];
        using var aes = new AesGcm(secret, TagLength);
        aes.Decrypt(box.AsSpan(0, NonceLength), box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength), plain, System.Text.Encoding.UTF8.GetBytes(kid));
        return plain;
    }

    private static async Task<long> Count(NpgsqlConnection connection, string state, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select count(*) from signing_keys where state = $1", connection) { Parameters = { new() { Value = state } } };
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] args)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var arg in args)
            command.Parameters.Add(new() { Value = arg });
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed record Active(string Kid, ECDsa Key, long LoadedAt);
}
