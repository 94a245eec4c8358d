using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Souk.Platform;
using Souk.Platform.Security;

namespace Souk.Host.Internal;

/// <summary>
/// What one process shows another when it asks: good for a minute and for one service, signed with a key below the
/// deployment's secret. It is no access token: it opens the internal listener and nothing else.
/// </summary>
/// <param name="To">The service that is asked.</param>
/// <param name="From">The roles of the process that asks.</param>
/// <param name="For">Whose request it is for; null where nobody waits, as when a mail is sent.</param>
/// <param name="Exp">Not good from then on, in seconds.</param>
internal sealed record NeighbourToken(string To, string From, string? For, long Exp)
{
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    // Clocks of our own machines differ a little.
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);
    private const int LengthMax = 1024;

    /// <summary>The key of a deployment's tokens.</summary>
    public static byte[] Key(Secrets secrets) => secrets.Key("neighbours");

    public string Sign(byte[] key)
    {
        var says = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, Json.Events));
        return $"{says}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(says)))}";
    }

    /// <summary>What a token says; null when it is not ours, not for this service, or not of this minute.</summary>
    public static NeighbourToken? Read(string token, byte[] key, string service, DateTimeOffset now)
    {
        if (token.Length > LengthMax || token.Split('.') is not [var says, var signature])
            return null;
        Span<byte> signed = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (!Base64Url.IsValid(signature, out var length) || length != signed.Length)
            return null;
        Base64Url.DecodeFromChars(signature, signed);
        if (!CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(says)), signed))
            return null;
        // Only we make what is signed with it: from here on it can be read.
        var read = JsonSerializer.Deserialize<NeighbourToken>(Base64Url.DecodeFromChars(says), Json.Events)!;
        var expires = DateTimeOffset.FromUnixTimeSeconds(read.Exp);
        return read.To == service && now < expires + Leeway && expires <= now + Life + Leeway ? read : null;
    }
}
