using System.Buffers.Text;
using System.Text;
using Souk.Platform.Security;

namespace Souk.Platform.Http;

/// <summary>
/// The tokens of guests in answers that are kept for retries. Whoever has one may read, change and cancel the order, so a copy of
/// the database must not hold any: an answer is kept without their signatures, and gets them back when it is given again.
/// </summary>
internal static class KeptTokens
{
    private const int IdLength = 16;
    private const int SignatureLength = 16;
    private const int TokenLength = 43; // base64url of both

    // Inside of a text the quotes would be escaped, so this is never what somebody wrote.
    private static ReadOnlySpan<byte> Member => "\"order_token\":\""u8;

    /// <summary>The answer as it is kept; as long as it was.</summary>
    public static byte[] Unsigned(ReadOnlyMemory<byte> answer) => Rewrite(answer.ToArray(), null);

    /// <summary>The answer as it was given, byte for byte.</summary>
    public static ReadOnlyMemory<byte> Signed(ReadOnlyMemory<byte> kept, GuestTokens tokens) =>
        kept.Span.IndexOf(Member) < 0 ? kept : Rewrite(kept.ToArray(), tokens);

    private static byte[] Rewrite(byte[] answer, GuestTokens? tokens)
    {
        var rest = answer.AsSpan();
        while (rest.IndexOf(Member) is >= 0 and var at)
        {
            rest = rest[(at + Member.Length)..];
            if (rest.Length > TokenLength && rest[TokenLength] == '"' && OrderOf(rest[..TokenLength]) is { } order)
                Encoding.ASCII.GetBytes(tokens?.Order(order) ?? Unsigned(order), rest);
        }
        return answer;
    }

    private static Guid? OrderOf(ReadOnlySpan<byte> token)
    {
        Span<byte> bytes = stackalloc byte[IdLength + SignatureLength];
        return Base64Url.IsValid(token) && Base64Url.TryDecodeFromUtf8(token, bytes, out var length)
            && length == bytes.Length
            ? new Guid(bytes[..IdLength], bigEndian: true) : null;
    }

    private static string Unsigned(Guid order)
    {
        Span<byte> bytes = stackalloc byte[IdLength + SignatureLength];
        bytes.Clear();
        order.TryWriteBytes(bytes, bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }
}
