using System.Buffers.Text;
using System.Security.Cryptography;

namespace Souk.Platform.Security;

/// <summary>
/// What a guest holds instead of an account: a signed name of a cart, and of an order. Making and reading one costs no
/// database access; whoever has the token has the thing.
/// </summary>
public sealed class GuestTokens(Secrets secrets)
{
    private const int IdLength = 16;
    private const int SignatureLength = 16;
    private const int TokenLength = 43; // base64url of both

    // Keys of their own, so that the token of an order never opens the cart of the same id.
    private readonly byte[] cartKey = secrets.Key("guest:cart");
    private readonly byte[] orderKey = secrets.Key("guest:order");

    /// <summary>The token that names this cart; sent as <c>X-Cart-Token</c>.</summary>
    public string Cart(Guid cartId) => Write(cartKey, cartId);

    /// <summary>A new cart's id and token. Random to the last bit but the time: nobody guesses a neighbour.</summary>
    public (Guid Id, string Token) NewCart()
    {
        var id = Guid.CreateVersion7();
        return (id, Cart(id));
    }

    /// <summary>The token that opens this order; sent as <c>X-Order-Token</c>.</summary>
    public string Order(Guid orderId) => Write(orderKey, orderId);

    /// <summary>The cart a token names; null when we did not sign it.</summary>
    public Guid? ReadCart(string? token) => Read(cartKey, token);

    /// <summary>The order a token opens; null when we did not sign it.</summary>
    public Guid? ReadOrder(string? token) => Read(orderKey, token);

    private static string Write(byte[] key, Guid id)
    {
        Span<byte> token = stackalloc byte[IdLength + SignatureLength];
        id.TryWriteBytes(token, bigEndian: true, out _);
        Sign(key, token[..IdLength], token[IdLength..]);
        return Base64Url.EncodeToString(token);
    }

    private static Guid? Read(byte[] key, string? token)
    {
        Span<byte> bytes = stackalloc byte[IdLength + SignatureLength];
        if (token is not { Length: TokenLength } || !Base64Url.IsValid(token)
            || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != bytes.Length)
            return null;
        Span<byte> signature = stackalloc byte[SignatureLength];
        Sign(key, bytes[..IdLength], signature);
        return CryptographicOperations.FixedTimeEquals(signature, bytes[IdLength..]) ? new Guid(bytes[..IdLength], bigEndian: true) : null;
    }

    private static void Sign(byte[] key, ReadOnlySpan<byte> id, Span<byte> signature)
    {
        Span<byte> full = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, id, full);
        full[..SignatureLength].CopyTo(signature);
    }
}
