using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Souk.Notifications.Domain;
using Souk.Platform.Security;

namespace Souk.Notifications;

/// <summary>
/// The link in a mail that ends mails of its kind, without a sign-in: it names the account and the kind, and is signed. It
/// does not run out: a mail is read years later, and the one thing the link can do is to be left in peace.
/// </summary>
internal sealed class UnsubscribeLinks(Secrets secrets, IConfiguration configuration)
{
    private const int IdLength = 16;
    private const int SignatureLength = 16;
    private const int TokenMax = 100;
    private readonly byte[] key = secrets.Key("notifications:unsubscribe");

    /// <summary>The link, on the configured public address.</summary>
    public string Url(Guid accountId, Kind kind) =>
        $"{(configuration["Souk:PublicUrl"] ?? "").TrimEnd('/')}/unsubscribe/{Token(accountId, kind)}";

    public string Token(Guid accountId, Kind kind)
    {
        byte[] named = [.. accountId.ToByteArray(bigEndian: true), .. Encoding.ASCII.GetBytes(kind.Name)];
        return Base64Url.EncodeToString([.. Sign(named), .. named]);
    }

    /// <summary>Whose mails of which kind a token ends; null when we did not sign it.</summary>
    public (Guid AccountId, Kind Kind)? Read(string token)
    {
        if (token.Length > TokenMax || !Base64Url.IsValid(token))
            return null;
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length <= SignatureLength + IdLength
            || !CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, SignatureLength),
                Sign(bytes.AsSpan(SignatureLength))))
            return null;
        var named = bytes.AsSpan(SignatureLength);
        // A kind that was given up since: there is nothing left to end.
        return Kinds.Find(Encoding.ASCII.GetString(named[IdLength..])) is { } kind
            ? (new Guid(named[..IdLength], bigEndian: true), kind)
            : null;
    }

    private byte[] Sign(ReadOnlySpan<byte> named) => HMACSHA256.HashData(key, named)[..SignatureLength];
}
