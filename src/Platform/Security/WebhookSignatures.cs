using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Platform.Security;

/// <summary>
/// Signs and checks webhooks by the rules of Standard Webhooks 1.0: <c>v1,</c> and base64 of HMAC-SHA256 over
/// <c>id.timestamp.body</c>, the body as raw bytes.
/// </summary>
/// <param name="key">What both sides know.</param>
/// <param name="clock">The clock.</param>
public sealed class WebhookSignatures(byte[] key, TimeProvider clock)
{
    /// <summary>What a secret looks like: 24 to 64 bytes.</summary>
    public const string SecretPattern =
        "^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";

    private const string Prefix = "whsec_";
    private const int IdMax = 100;
    private const int SignaturesMax = 5;
    private static readonly TimeSpan SkewMax = TimeSpan.FromMinutes(5);

    /// <summary>Signs and checks with a secret as it is written down.</summary>
    /// <param name="secret"><c>whsec_</c> and the key in base64.</param>
    /// <param name="clock">The clock.</param>
    public WebhookSignatures(string secret, TimeProvider clock)
        : this(Convert.FromBase64String(secret[Prefix.Length..]), clock)
    {
    }

    /// <summary>The signature of a message.</summary>
    /// <param name="id">Its <c>webhook-id</c>.</param>
    /// <param name="timestamp">Its <c>webhook-timestamp</c>: seconds since 1970, as it is sent.</param>
    /// <param name="body">Its body.</param>
    public string Sign(string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hash.AppendData(body);
        return "v1," + Convert.ToBase64String(hash.GetHashAndReset());
    }

    /// <summary>Whether one of the signatures is ours, and the time within five minutes of now.</summary>
    /// <param name="id">Its <c>webhook-id</c>.</param>
    /// <param name="timestamp">Its <c>webhook-timestamp</c>.</param>
    /// <param name="signatures">Its <c>webhook-signature</c>: one or several, blanks between.</param>
    /// <param name="body">Its body.</param>
    public bool Check(string id, string timestamp, string signatures, ReadOnlySpan<byte> body)
    {
        if (id is not { Length: > 0 and <= IdMax }
            || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            || (clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > SkewMax)
            return false;
        var wanted = Encoding.ASCII.GetBytes(Sign(id, timestamp, body));
        var isOurs = false;
        foreach (var given in signatures.Split(' ', SignaturesMax + 1).Take(SignaturesMax))
            isOurs |= CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), wanted);
        return isOurs;
    }
}
