namespace Souk.Contracts.Orders;

/// <summary>One line of an order with its money fixed at placement. All amounts are minor units of the order's currency.</summary>
/// <param name="LineId">The line.</param>
/// <param name="OfferId">What was bought; an offer stands in one line only.</param>
/// <param name="ProductId">The offer's product.</param>
/// <param name="VariantId">The offer's variant.</param>
/// <param name="CompanyId">Who sells it; decides the part the line belongs to.</param>
/// <param name="ShopId">The shop that offers it.</param>
/// <param name="Sku">The seller's own number of it.</param>
/// <param name="Title">Product and variant as the buyer saw them.</param>
/// <param name="Quantity">Pieces, at least 1.</param>
/// <param name="UnitPriceMinor">Price of one piece at the quote.</param>
/// <param name="DiscountMinor">Taken off the line's items, not negative.</param>
/// <param name="DiscountByMarketplaceMinor">
/// What the marketplace pays of all that was taken off, off the delivery too: the seller gets that much all the same. It may so
/// be more than <paramref name="DiscountMinor" />.
/// </param>
/// <param name="DeliveryMinor">This line's share of its part's delivery, less what was taken off that.</param>
/// <param name="TaxMinor">Tax on the line and its delivery; contained in the total, whether prices include tax or not.</param>
/// <param name="TotalMinor">What the buyer pays for the line: items, less discount, plus delivery, plus tax where prices exclude it.</param>
/// <param name="TaxCategory">The offer's tax category.</param>
/// <param name="CategoryIds">Categories of the product at placement, for commission and promotions.</param>
/// <param name="DeliveryDiscountByMarketplaceMinor">
/// What of <paramref name="DiscountByMarketplaceMinor" /> the marketplace pays of the delivery: the goods are worth that much less.
/// </param>
public sealed record OrderedLine(
    Guid LineId,
    Guid OfferId,
    Guid ProductId,
    Guid VariantId,
    Guid CompanyId,
    Guid ShopId,
    string Sku,
    string Title,
    int Quantity,
    long UnitPriceMinor,
    long DiscountMinor,
    long DiscountByMarketplaceMinor,
    long DeliveryMinor,
    long TaxMinor,
    long TotalMinor,
    string TaxCategory,
    Guid[] CategoryIds,
    long DeliveryDiscountByMarketplaceMinor = 0);

/// <summary>The share of one seller in an order. Its amounts are the sums of its lines.</summary>
/// <param name="PartId">The part.</param>
/// <param name="CompanyId">The seller; one part each.</param>
/// <param name="DeliveryMethodId">How it is sent.</param>
/// <param name="DeliveryMethodName">The method as the buyer saw it.</param>
public sealed record OrderedPart(Guid PartId, Guid CompanyId, Guid DeliveryMethodId, string DeliveryMethodName);

/// <summary>One of the payments that together pay an order.</summary>
/// <param name="PaymentId">The payment; also its idempotency key at the gateway.</param>
/// <param name="Method">For example <c>card</c>, <c>voucher</c>, <c>bank_slip</c>.</param>
/// <param name="Token">What the gateway gave the browser for this payment; no card data.</param>
/// <param name="AmountMinor">The amount, more than 0. The payments of an order sum to its total.</param>
/// <param name="Network">Tells apart from which network it was started, without saying which; null where that is not known.</param>
public sealed record PaymentIntent(Guid PaymentId, string Method, string? Token, long AmountMinor,
    string? Network = null);

/// <summary>Pieces of one line.</summary>
/// <param name="LineId">The line of the order.</param>
/// <param name="OfferId">Its offer.</param>
/// <param name="Quantity">Pieces, at least 1.</param>
public sealed record LineQuantity(Guid LineId, Guid OfferId, int Quantity);

/// <summary>An answer that Orders gives to the request that waits for it, and to every retry of that request.</summary>
/// <param name="Status">The HTTP status: 201, 202, 402 or 409.</param>
/// <param name="Body">The JSON body as sent: the order as <c>GET /orders/{id}</c> shows it, or a problem. No personal data.</param>
public sealed record OrderAnswer(int Status, string Body);
