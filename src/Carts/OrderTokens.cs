using Souk.Platform.Security;

namespace Souk.Carts;

/// <summary>Gives guests the key to their order with the answer of its checkout.</summary>
internal sealed class OrderTokens(GuestTokens tokens)
{
    /// <summary>The body, a JSON object, with one more member: <c>order_token</c>.</summary>
    public string AddTo(string body, Guid orderId)
    {
        var end = body.LastIndexOf('}');
        if (end < 0)
            return body;
        var isEmpty = body.AsSpan(0, end).TrimEnd() is [.., '{'];
        return $"{body.AsSpan(0, end)}{(isEmpty ? "" : ",")}\"order_token\":\"{tokens.Order(orderId)}\"{body.AsSpan(end)}";
    }
}
