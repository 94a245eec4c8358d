namespace Souk.Orders.Domain;

/// <summary>One seller's share of an order; its amounts are the sums of its lines.</summary>
internal sealed class OrderPart
{
    public Guid OrderId { get; init; }
    public Guid Id { get; init; }
    public Guid CompanyId { get; init; }
    public PartStatus Status { get; internal set; }
    public Guid DeliveryMethodId { get; init; }
    public required string DeliveryMethodName { get; init; }
    public long ItemsMinor { get; init; }
    public long DiscountMinor { get; init; }
    public long DeliveryMinor { get; init; }
    public long TaxMinor { get; init; }
    public long TotalMinor { get; init; }
    public string? Carrier { get; internal set; }
    public string? TrackingNumber { get; internal set; }
    public DateTimeOffset? ShippedAt { get; internal set; }
    public DateTimeOffset? DeliveredAt { get; internal set; }
    public DateTimeOffset? CancelledAt { get; internal set; }
    public List<OrderLine> Lines { get; init; } = [];
}
