using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Souk.Platform.Security;

namespace Souk.Identity;

/// <summary>
/// The links that are mailed: a token derived from the request's id and the deployment's secret, on the configured public
/// address. Never stored, never in an event, never built from the Host header.
/// </summary>
internal sealed class Links(Secrets secrets, IConfiguration configuration)
{
    private const int IdLength = 16;
    private const int TokenLength = 64; // base64url of id and HMAC
    private readonly byte[] key = secrets.Key("identity:links");

    /// <summary>The token of a request.</summary>
    public string Token(Guid requestId, string purpose)
    {
        var id = requestId.ToByteArray(bigEndian: true);
        return Base64Url.EncodeToString([.. id, .. Sign(id, purpose)]);
    }

    /// <summary>The request a token is of; null when we did not make it for this purpose.</summary>
    public Guid? Read(string token, string purpose)
    {
        Span<byte> bytes = stackalloc byte[IdLength + HMACSHA256.HashSizeInBytes];
        if (token.Length != TokenLength || !Base64Url.IsValid(token) || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != bytes.Length)
            return null;
        return CryptographicOperations.FixedTimeEquals(Sign(bytes[..IdLength].ToArray(), purpose), bytes[IdLength..])
            ? new Guid(bytes[..IdLength], bigEndian: true)
            : null;
    }

    /// <summary>The link of a request: a page below the public address, the token in the fragment where no log sees it.</summary>
    public string Url(Guid requestId, string purpose)
    {
        var page = purpose switch
        {
            Domain.LinkPurpose.VerifyEmail => "verify-email",
            Domain.LinkPurpose.InviteMember => "accept-invitation",
            _ => "reset-password",
        };
        return $"{(configuration["Souk:PublicUrl"] ?? "").TrimEnd('/')}/{page}#token={Token(requestId, purpose)}";
    }

    private byte[] Sign(byte[] id, string purpose) => HMACSHA256.HashData(key, (byte[])[.. id, .. Encoding.UTF8.GetBytes(purpose)]);
}
