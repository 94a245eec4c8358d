namespace Souk.Contracts.Inventory;

/// <summary>Every line of the order is reserved.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="Until">When the reservation ends unless the order is confirmed.</param>
public sealed record StockReserved(Guid OrderId, DateTimeOffset Until) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>Not every line could be reserved, so none was.</summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="Missing">The lines that lack stock; never empty.</param>
public sealed record StockRefused(Guid OrderId, MissingStock[] Missing) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>A line that could not be reserved.</summary>
/// <param name="LineId">The line of the order.</param>
/// <param name="OfferId">Its offer.</param>
/// <param name="Wanted">Pieces ordered.</param>
/// <param name="Available">Pieces there were.</param>
public sealed record MissingStock(Guid LineId, Guid OfferId, int Wanted, long Available);

/// <summary>The reservation ran out before the order was confirmed; its stock is free again.</summary>
/// <param name="OrderId">The order; also the key.</param>
public sealed record ReservationExpired(Guid OrderId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}

/// <summary>
/// How many pieces of an offer can be bought. Published at once when few are left (20 or less) or much changed
/// (more than 5 % of what was said last), else within seconds: a projection may be that stale, the reservation never is.
/// </summary>
/// <param name="OfferId">The offer; also the key.</param>
/// <param name="Available">On hand less reserved, over all warehouses that ship; less what its seller keeps back, and with what may be sold before it is there.</param>
/// <param name="Version">Grows with every one published.</param>
public sealed record AvailabilityChanged(Guid OfferId, long Available, long Version) : IStateEvent
{
    /// <inheritdoc />
    public Guid Key => OfferId;
}

/// <summary>An offer runs low, as its seller defined it. Once, until it was refilled.</summary>
/// <param name="OfferId">The offer; also the key.</param>
/// <param name="CompanyId">Its seller, who wants to know.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="Left">Pieces that lie there and can still be sold.</param>
/// <param name="LowStockAt">What the seller calls low.</param>
public sealed record StockRanLow(
    Guid OfferId, Guid CompanyId, string Sku, string Title, long Left, long LowStockAt) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OfferId;
}

/// <summary>An offer that somebody waits for can be bought again. Once for those who wait at that time.</summary>
/// <param name="OfferId">The offer; also the key.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="Title">Product and variant.</param>
public sealed record OfferRestocked(Guid OfferId, Guid ProductId, string Title) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OfferId;
}

/// <summary>
/// A seller's routing rules changed: every process that reserves stock asks for them again. Nobody else needs it.
/// </summary>
/// <param name="CompanyId">The seller; also the key.</param>
public sealed record RoutingRulesChanged(Guid CompanyId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => CompanyId;
}

/// <summary>A warehouse as it is now.</summary>
/// <param name="WarehouseId">The warehouse; also the key.</param>
/// <param name="CompanyId">Its operator.</param>
/// <param name="Name">Its name.</param>
/// <param name="Country">Where it stands, ISO 3166-1 alpha-2.</param>
/// <param name="Active">Whether it ships.</param>
/// <param name="Version">Grows with every change.</param>
public sealed record WarehouseChanged(Guid WarehouseId, Guid CompanyId, string Name, string Country, bool Active, long Version) : IStateEvent
{
    /// <inheritdoc />
    public Guid Key => WarehouseId;
}
