using Souk.Orders.Domain;
using Souk.Platform.Http;

namespace Souk.Orders.Features;

/// <summary>
/// The words for an order's state that requests may use, in any case: ours, and those of the first drafts.
/// </summary>
internal static class StatusWord
{
    /// <exception cref="RuleException">It is no such word: 422 <c>unknown_status</c>.</exception>
    public static OrderStatus Parse(string word, string pointer)
    {
        foreach (var status in Enum.GetValues<OrderStatus>())
            if (word.Equals(Words.Of(status), StringComparison.OrdinalIgnoreCase))
                return status;
        if (word.Equals("processing", StringComparison.OrdinalIgnoreCase))
            return OrderStatus.Confirmed;
        if (word.Equals("completed", StringComparison.OrdinalIgnoreCase))
            return OrderStatus.Delivered;
        throw RuleException.Invalid(
            pointer, "unknown_status", $"Take one of: {string.Join(", ", Enum.GetValues<OrderStatus>().Select(Words.Of))}.");
    }

    /// <summary>The same for a return's state.</summary>
    /// <exception cref="RuleException">It is no such word: 422 <c>unknown_status</c>.</exception>
    public static ReturnStatus Return(string word, string pointer)
    {
        foreach (var status in Enum.GetValues<ReturnStatus>())
            if (word.Equals(Words.Of(status), StringComparison.OrdinalIgnoreCase))
                return status;
        throw RuleException.Invalid(
            pointer, "unknown_status",
            $"Take one of: {string.Join(", ", Enum.GetValues<ReturnStatus>().Select(Words.Of))}.");
    }
}
