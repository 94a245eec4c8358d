using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Souk.Platform.Security;

namespace Souk.Notifications;

/// <summary>The link in a mail about stock that ends what its reader still waits for, without a sign-in: it names the mail's watch, signed.</summary>
internal sealed class StockWatchLinks(Secrets secrets, IConfiguration configuration)
{
    private const int IdLength = 16;
    private const int SignatureLength = 16;
    private readonly byte[] key = secrets.Key("notifications:stock-watch");
    private readonly string root = (configuration["Souk:PublicUrl"] ?? "").TrimEnd('/');

    /// <summary>The page of a product.</summary>
    public string Product(Guid productId) => $"{root}/products/{productId}";

    /// <summary>The link that ends what is waited for.</summary>
    public string End(Guid watchId)
    {
        var id = watchId.ToByteArray(bigEndian: true);
        return $"{root}/notifications/back-in-stock/end/{Base64Url.EncodeToString([.. id, .. Sign(id)])}";
    }

    /// <summary>The watch that a token names; null when we did not sign it.</summary>
    public Guid? Read(string token)
    {
        Span<byte> bytes = stackalloc byte[IdLength + SignatureLength];
        if (token.Length > 64 || !Base64Url.IsValid(token)
            || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != bytes.Length)
            return null;
        return CryptographicOperations.FixedTimeEquals(Sign(bytes[..IdLength]), bytes[IdLength..])
            ? new Guid(bytes[..IdLength], bigEndian: true) : null;
    }

    private ReadOnlySpan<byte> Sign(ReadOnlySpan<byte> id) => HMACSHA256.HashData(key, id).AsSpan(0, SignatureLength);
}
