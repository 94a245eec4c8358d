using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Payments.Gateways.Simulator;

/// <summary>
/// Signs and checks webhooks by the rules of Standard Webhooks 1.0: <c>v1,</c> + base64 of HMAC-SHA256 over
/// <c>id.timestamp.body</c>, the body as raw bytes.
/// </summary>
internal sealed class Signatures(byte[] key, TimeProvider clock)
{
    private const int SignaturesMax = 5;
    private static readonly TimeSpan SkewMax = TimeSpan.FromMinutes(5);

    public string Sign(string id, string timestamp, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes($"{id}.{timestamp}.");
        var signed = ArrayPool<byte>.Shared.Rent(head.Length + body.Length);
        try
        {
            head.CopyTo(signed.AsSpan());
            body.CopyTo(signed.AsSpan(head.Length));
            return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed.AsSpan(0, head.Length + body.Length)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(signed);
        }
    }

    /// <summary>Whether one of the signatures is ours and the time is within five minutes of now.</summary>
    public bool Check(GatewayMessage message)
    {
        if (message.Id is not { Length: > 0 and <= 100 }
            || !long.TryParse(message.Timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > 253_402_300_799
            || (clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > SkewMax)
            return false;
        // The timestamp is signed as it was sent, so that there is one spelling of each.
        var wanted = Encoding.ASCII.GetBytes(Sign(message.Id, message.Timestamp, message.Body.Span));
        var found = false;
        foreach (var given in message.Signature.Split(' ', SignaturesMax + 1).Take(SignaturesMax))
            found |= CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), wanted);
        return found;
    }
}
