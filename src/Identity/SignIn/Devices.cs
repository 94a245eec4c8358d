using System.Buffers.Text;
using System.Security.Cryptography;
using Souk.Platform.Security;

namespace Souk.Identity.SignIn;

/// <summary>
/// Tells a device that has signed in to an account before: it got a token then and gives it with the next sign-in. It opens
/// nothing; it only keeps strangers' failures from delaying the owner.
/// </summary>
internal sealed class Devices(Secrets secrets)
{
    private const int IdLength = 16;
    private const int TokenLength = 43; // base64url of id and half an HMAC
    private readonly byte[] key = secrets.Key("identity:devices");

    public string New(Guid accountId)
    {
        var device = Guid.CreateVersion7();
        return Base64Url.EncodeToString([.. device.ToByteArray(bigEndian: true), .. Sign(accountId, device)]);
    }

    /// <summary>The device; null when the token is not of this account.</summary>
    public Guid? Read(string? token, Guid accountId)
    {
        Span<byte> bytes = stackalloc byte[IdLength * 2];
        if (token is not { Length: TokenLength } || !Base64Url.IsValid(token)
            || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != bytes.Length)
            return null;
        var device = new Guid(bytes[..IdLength], bigEndian: true);
        return CryptographicOperations.FixedTimeEquals(Sign(accountId, device), bytes[IdLength..]) ? device : null;
    }

    private byte[] Sign(Guid accountId, Guid device) =>
        HMACSHA256.HashData(key, (byte[])[.. accountId.ToByteArray(), .. device.ToByteArray()])[..IdLength];
}
