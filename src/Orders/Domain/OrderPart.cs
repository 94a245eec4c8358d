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

    /// <summary>The same with the lines of one shop and their sums, to be shown.</summary>
    public OrderPart OfShop(Guid shopId)
    {
        var lines = Lines.FindAll(line => line.ShopId == shopId);
        return lines.Count == Lines.Count
            ? this
            : Of(OrderId, Id, CompanyId, DeliveryMethodId, DeliveryMethodName, lines, this);
    }

    /// <summary>A part of these lines, which has their sums.</summary>
    public static OrderPart Of(
        Guid orderId, Guid id, Guid companyId, Guid deliveryMethodId, string deliveryMethodName, List<OrderLine> lines,
        OrderPart? asItStands = null) => new()
    {
        OrderId = orderId,
        Id = id,
        CompanyId = companyId,
        DeliveryMethodId = deliveryMethodId,
        DeliveryMethodName = deliveryMethodName,
        ItemsMinor = lines.Sum(line => line.Quantity * line.UnitPriceMinor),
        DiscountMinor = lines.Sum(line => line.DiscountMinor),
        DeliveryMinor = lines.Sum(line => line.DeliveryMinor),
        TaxMinor = lines.Sum(line => line.TaxMinor),
        TotalMinor = lines.Sum(line => line.TotalMinor),
        Status = asItStands?.Status ?? PartStatus.Confirmed,
        Carrier = asItStands?.Carrier,
        TrackingNumber = asItStands?.TrackingNumber,
        ShippedAt = asItStands?.ShippedAt,
        DeliveredAt = asItStands?.DeliveredAt,
        CancelledAt = asItStands?.CancelledAt,
        Lines = lines,
    };
}
