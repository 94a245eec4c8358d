using Souk.Contracts.Orders;

namespace Souk.Orders.Domain;

/// <summary>One line as it was bought. Never changed: its money was fixed at placement.</summary>
internal sealed class OrderLine
{
    public Guid OrderId { get; init; }
    public Guid Id { get; init; }
    public Guid PartId { get; init; }
    public int Position { get; init; }
    public Guid OfferId { get; init; }
    public Guid ProductId { get; init; }
    public Guid VariantId { get; init; }
    public Guid CompanyId { get; init; }
    public Guid ShopId { get; init; }
    public required string Sku { get; init; }
    public required string Title { get; init; }
    public int Quantity { get; init; }
    public long UnitPriceMinor { get; init; }
    public long DiscountMinor { get; init; }
    public long DiscountByMarketplaceMinor { get; init; }
    public long DeliveryMinor { get; init; }
    public long TaxMinor { get; init; }
    public long TotalMinor { get; init; }
    public required string TaxCategory { get; init; }
    public Guid[] CategoryIds { get; init; } = [];
    public long DeliveryDiscountByMarketplaceMinor { get; init; }

    public static OrderLine Of(Guid orderId, Guid partId, int position, OrderedLine line) => new()
    {
        OrderId = orderId,
        Id = line.LineId,
        PartId = partId,
        Position = position,
        OfferId = line.OfferId,
        ProductId = line.ProductId,
        VariantId = line.VariantId,
        CompanyId = line.CompanyId,
        ShopId = line.ShopId,
        Sku = line.Sku,
        Title = line.Title,
        Quantity = line.Quantity,
        UnitPriceMinor = line.UnitPriceMinor,
        DiscountMinor = line.DiscountMinor,
        DiscountByMarketplaceMinor = line.DiscountByMarketplaceMinor,
        DeliveryMinor = line.DeliveryMinor,
        TaxMinor = line.TaxMinor,
        TotalMinor = line.TotalMinor,
        TaxCategory = line.TaxCategory,
        CategoryIds = line.CategoryIds,
        DeliveryDiscountByMarketplaceMinor = line.DeliveryDiscountByMarketplaceMinor,
    };

    public OrderedLine Ordered() => new(
        Id, OfferId, ProductId, VariantId, CompanyId, ShopId, Sku, Title, Quantity, UnitPriceMinor, DiscountMinor,
        DiscountByMarketplaceMinor, DeliveryMinor, TaxMinor, TotalMinor, TaxCategory, CategoryIds,
        DeliveryDiscountByMarketplaceMinor);

    public LineQuantity Pieces() => new(Id, OfferId, Quantity);
}
