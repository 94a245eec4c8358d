using Souk.Platform.Security;

namespace Souk.Carts;

/// <summary>Gives guests the key to their order with the answer of its checkout.</summary>
internal sealed class OrderTokens(GuestTokens tokens)
{
    // For the document: what is answered is Orders' own, and this.
    public const string Route = "GET /orders/{id}";
    public const string Member = "order_token";
    public const string Description = "For a guest: send it as X-Order-Token to open the order.";

    /// <summary>The body, a JSON object, with one more member: <see cref="Member" />.</summary>
    public string AddTo(string body, Guid orderId)
    {
        var end = body.LastIndexOf('}');
        if (end < 0)
            return body;
        var isEmpty = body.AsSpan(0, end).TrimEnd() is [.., '{'];
        return $"{body.AsSpan(0, end)}{(isEmpty ? "" : ",")}\"{Member}\":\"{tokens.Order(orderId)}\"{body.AsSpan(end)}";
    }
}
