namespace Souk.Orders.Domain;

/// <summary>What happened to an order or a part of it, when, by whom and why. Appended, never changed.</summary>
internal sealed class TimelineEntry
{
    public Guid OrderId { get; init; }
    public long Id { get; init; }
    public Guid? PartId { get; init; }
    public DateTimeOffset At { get; init; }
    public required string Actor { get; init; }
    public Guid? AccountId { get; init; }
    public string? FromStatus { get; init; }
    public required string ToStatus { get; init; }
    public required string Reason { get; init; }
    public string? Note { get; init; }
}

/// <summary>Who moves an order, and as what.</summary>
/// <param name="Kind"><c>buyer</c>, <c>seller</c>, <c>warehouse</c>, <c>staff</c> or <c>system</c>: also the reason of a cancellation.</param>
/// <param name="AccountId">The account; null for the system and for guests.</param>
/// <param name="At">When.</param>
internal sealed record Actor(string Kind, Guid? AccountId, DateTimeOffset At);
