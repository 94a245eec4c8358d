using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Souk.Platform.Security;

namespace Souk.Identity.SignIn;

/// <summary>
/// A refresh token: the sign-in, its place in the chain, a 256-bit secret, and our mark. The successor's secret is derived
/// from its predecessor's, so a lost answer can be given again without being stored; the mark tells an old token of ours,
/// whose return means theft, from anybody's invention.
/// </summary>
/// <param name="SessionId">The sign-in, which is the family.</param>
/// <param name="Generation">0 for the first of the chain.</param>
/// <param name="Secret">32 bytes. Kept nowhere but with the client.</param>
internal sealed record RefreshToken(Guid SessionId, int Generation, byte[] Secret)
{
    public const int SecretLength = 32;

    /// <summary>What is stored of it.</summary>
    public byte[] Hash => SHA256.HashData(Secret);
}

/// <summary>Writes, reads and continues chains of refresh tokens.</summary>
internal sealed class RefreshTokens(Secrets secrets)
{
    private const int IdLength = 16;
    private const int GenerationLength = 4;
    private const int MarkLength = 16;
    private const int BodyLength = IdLength + GenerationLength + RefreshToken.SecretLength;
    private const int TokenLength = 91; // base64url of body and mark

    private readonly byte[] chainKey = secrets.Key("identity:refresh-chain");
    private readonly byte[] markKey = secrets.Key("identity:refresh-mark");

    /// <summary>The first token of a new sign-in.</summary>
    public static RefreshToken First(Guid sessionId) => new(sessionId, 0, RandomNumberGenerator.GetBytes(RefreshToken.SecretLength));

    /// <summary>The one successor of a token, the same whenever it is asked for.</summary>
    public RefreshToken After(RefreshToken token) =>
        new(token.SessionId, token.Generation + 1, HMACSHA256.HashData(chainKey, Body(token)));

    public string Write(RefreshToken token)
    {
        var body = Body(token);
        return Base64Url.EncodeToString([.. body, .. HMACSHA256.HashData(markKey, body).AsSpan(0, MarkLength)]);
    }

    /// <summary>The token; null when it is not one of ours.</summary>
    public RefreshToken? Read(string text)
    {
        Span<byte> bytes = stackalloc byte[BodyLength + MarkLength];
        if (text.Length != TokenLength || !Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var length) || length != bytes.Length)
            return null;
        var body = bytes[..BodyLength];
        if (!CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(markKey, body).AsSpan(0, MarkLength), bytes[BodyLength..]))
            return null;
        return new RefreshToken(
            new Guid(body[..IdLength], bigEndian: true),
            BinaryPrimitives.ReadInt32BigEndian(body[IdLength..]),
            body[(IdLength + GenerationLength)..].ToArray());
    }

    private static byte[] Body(RefreshToken token)
    {
        var body = new byte[BodyLength];
        token.SessionId.TryWriteBytes(body, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(IdLength), token.Generation);
        token.Secret.CopyTo(body.AsSpan(IdLength + GenerationLength));
        return body;
    }
}
