using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Souk.Platform.Security;

namespace Souk.Identity.SignIn;

/// <summary>
/// What a right password gets where a second step is asked for: a token, good for a few minutes and for this password only,
/// with which the code is given. It is signed, not stored.
/// </summary>
internal sealed class Challenges(Secrets secrets, TimeProvider clock)
{
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private const int IdLength = 16;
    private const int BodyLength = IdLength + sizeof(long);
    private const int MarkLength = 32;
    private const int TokenLength = 75; // base64url of body and mark
    private readonly byte[] key = secrets.Key("identity:second-step");

    public string New(Guid accountId, string passwordHash)
    {
        var body = new byte[BodyLength];
        accountId.TryWriteBytes(body, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(IdLength), (clock.GetUtcNow() + Life).ToUnixTimeSeconds());
        return Base64Url.EncodeToString([.. body, .. Sign(body, passwordHash)]);
    }

    /// <summary>The account it would be of; whether it is, <see cref="IsGood" /> says.</summary>
    public static Guid? AccountOf(string token) => Read(token) is { } bytes ? new Guid(bytes.AsSpan(0, IdLength), bigEndian: true) : null;

    /// <summary>Whether it is ours, in time, and of the password that the account still has.</summary>
    public bool IsGood(string token, string passwordHash) =>
        Read(token) is { } bytes
        && CryptographicOperations.FixedTimeEquals(Sign(bytes[..BodyLength], passwordHash), bytes.AsSpan(BodyLength))
        && BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(IdLength)) > clock.GetUtcNow().ToUnixTimeSeconds();

    private static byte[]? Read(string token)
    {
        var bytes = new byte[BodyLength + MarkLength];
        return token.Length == TokenLength && Base64Url.IsValid(token)
            && Base64Url.TryDecodeFromChars(token, bytes, out var length) && length == bytes.Length ? bytes : null;
    }

    private byte[] Sign(byte[] body, string passwordHash) =>
        HMACSHA256.HashData(key, (byte[])[.. body, .. Encoding.UTF8.GetBytes(passwordHash)]);
}
