using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Identity.Domain;

/// <summary>
/// The codes of authenticator apps (RFC 6238), in the one form that all apps read: HMAC-SHA1, six digits, steps of 30 seconds.
/// </summary>
internal static class Totp
{
    public const int SecretLength = 20;
    private const int StepSeconds = 30;
    private const int CodesCount = 1_000_000;
    private const int SkewMax = 1;
    private const string Base32Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>A new secret.</summary>
    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretLength);

    /// <summary>The code of a step.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "What apps compute; as an HMAC SHA-1 is not broken.")]
    public static string Code(byte[] secret, long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(secret, counter, hash);
        var number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 0xF)..]) & int.MaxValue;
        return (number % CodesCount).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>The step that a moment lies in.</summary>
    public static long StepAt(DateTimeOffset now) => now.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>
    /// The step whose code this is: the present one or one beside it, because clocks differ and people type. Null when it is none
    /// of them, or of a step that is used up.
    /// </summary>
    public static long? Match(byte[] secret, string code, DateTimeOffset now, long usedUp)
    {
        var given = Encoding.UTF8.GetBytes(code);
        long? match = null;
        for (var step = StepAt(now) - SkewMax; step <= StepAt(now) + SkewMax; step++)
        {
            var isIt = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Code(secret, step)), given);
            if (isIt && step > usedUp)
                match = step;
        }
        return match;
    }

    /// <summary>What apps read from a QR code.</summary>
    /// <param name="issuer">The marketplace.</param>
    /// <param name="account">Whose it is, as the app shows it.</param>
    public static string Uri(byte[] secret, string issuer, string account) =>
        $"otpauth://totp/{System.Uri.EscapeDataString(issuer)}:{System.Uri.EscapeDataString(account)}"
        + $"?secret={Base32(secret)}&issuer={System.Uri.EscapeDataString(issuer)}"
        + $"&algorithm=SHA1&digits=6&period={StepSeconds}";

    /// <summary>Base32 without padding (RFC 4648), as apps take secrets that are typed.</summary>
    public static string Base32(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder((bytes.Length * 8 + 4) / 5);
        var (buffer, bits) = (0, 0);
        foreach (var b in bytes)
        {
            buffer = (buffer << 8 | b) & 0xFFFF;
            for (bits += 8; bits >= 5; bits -= 5)
                text.Append(Base32Letters[buffer >> (bits - 5) & 31]);
        }
        if (bits > 0)
            text.Append(Base32Letters[buffer << (5 - bits) & 31]);
        return text.ToString();
    }
}
