using Souk.Contracts;
using Souk.Contracts.Carts;
using Souk.Orders.Domain;

namespace Souk.Orders.Features;

/// <summary>
/// An order as its buyer and the marketplace see it; a seller sees their parts and nothing of the others.
/// </summary>
/// <param name="Id">The order.</param>
/// <param name="Number">The number people use.</param>
/// <param name="Status">Where it stands; for a seller, where their least advanced part stands.</param>
/// <param name="CreatedAt">When it was placed.</param>
/// <param name="ConfirmedAt">When the sale was made.</param>
/// <param name="CapturedAt">When its money was taken; nothing ships before.</param>
/// <param name="CancelledAt">When it was cancelled.</param>
/// <param name="CancelReason">Why, a stable word.</param>
/// <param name="AccountId">The buyer; null for a guest, and for sellers.</param>
/// <param name="ContactId">The contact at Carts.</param>
/// <param name="Contact">Name and addresses; null in the answer to a checkout, and when they were erased.</param>
/// <param name="Country">Where it goes, ISO 3166-1 alpha-2.</param>
/// <param name="Postcode">Where it goes.</param>
/// <param name="PricesIncludeTax">Whether prices contain the tax.</param>
/// <param name="Totals">Sums over the parts shown.</param>
/// <param name="Captured">What was taken; null for sellers.</param>
/// <param name="Refunded">What went back; null for sellers.</param>
/// <param name="CouponCodes">Coupons used; empty for sellers.</param>
/// <param name="Action">What the buyer has to do, while the order waits for it.</param>
/// <param name="Parts">One per seller.</param>
/// <param name="AddsTo">The order it was added to, by an edit; null for others.</param>
/// <param name="Additions">
/// What was added to it by edits, each an order of its own; null when nothing was, and for sellers, who see those as orders.
/// </param>
public sealed record OrderDetails(
    Guid Id,
    string Number,
    OrderStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ConfirmedAt,
    DateTimeOffset? CapturedAt,
    DateTimeOffset? CancelledAt,
    string? CancelReason,
    Guid? AccountId,
    Guid ContactId,
    OrderContact? Contact,
    string Country,
    string Postcode,
    bool PricesIncludeTax,
    OrderTotals Totals,
    Money? Captured,
    Money? Refunded,
    string[] CouponCodes,
    OrderAction? Action,
    OrderDetailsPart[] Parts,
    Guid? AddsTo = null,
    OrderAddition[]? Additions = null)
{
    internal static OrderDetails Of(Order order, Sight sight, ContactCard? contact)
    {
        var parts = sight.Parts(order);
        return new OrderDetails(
            order.Id,
            OrderNumber.Of(order.Number),
            sight.IsSeller ? order.StatusOf(parts) : order.Status,
            order.CreatedAt,
            order.ConfirmedAt,
            order.CapturedAt,
            order.CancelledAt,
            order.CancelReason,
            sight.IsSeller ? null : order.AccountId,
            order.ContactId,
            contact is null ? null : OrderContact.Of(contact, sight),
            order.Country,
            order.Postcode,
            order.PricesIncludeTax,
            OrderTotals.Of(parts, order.Currency),
            sight.IsSeller ? null : new Money(order.CapturedMinor, order.Currency),
            sight.IsSeller ? null : new Money(order.RefundedMinor, order.Currency),
            sight.IsSeller ? [] : order.CouponCodes,
            sight.IsSeller || order.ActionKind is null ? null : new OrderAction(order.ActionKind, order.ActionUrl, order.ActionExpiresAt),
            [.. parts.Select(part => OrderDetailsPart.Of(order, part))],
            order.AddsTo);
    }
}

/// <summary>What was added to an order: how it stands, GET /orders/{id} says.</summary>
/// <param name="Id">The order of what was added.</param>
/// <param name="Number">The number people use.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="Total">What the buyer pays for it.</param>
public sealed record OrderAddition(Guid Id, string Number, DateTimeOffset CreatedAt, Money Total)
{
    internal static OrderAddition Of(Order addition) => new(
        addition.Id, OrderNumber.Of(addition.Number), addition.CreatedAt,
        new Money(addition.TotalMinor, addition.Currency));
}

/// <summary>One seller's part of an order.</summary>
/// <param name="Id">The part.</param>
/// <param name="CompanyId">The seller.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="DeliveryMethodId">How it is sent.</param>
/// <param name="DeliveryMethod">How it is sent, as the buyer saw it.</param>
/// <param name="Totals">Its sums.</param>
/// <param name="Carrier">Who carries it.</param>
/// <param name="TrackingNumber">The carrier's number.</param>
/// <param name="ShippedAt">When it left its seller.</param>
/// <param name="DeliveredAt">When it arrived.</param>
/// <param name="CancelledAt">When it was cancelled.</param>
/// <param name="Lines">What was bought.</param>
public sealed record OrderDetailsPart(
    Guid Id,
    Guid CompanyId,
    OrderStatus Status,
    Guid DeliveryMethodId,
    string DeliveryMethod,
    OrderTotals Totals,
    string? Carrier,
    string? TrackingNumber,
    DateTimeOffset? ShippedAt,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? CancelledAt,
    OrderDetailsLine[] Lines)
{
    internal static OrderDetailsPart Of(Order order, OrderPart part) => new(
        part.Id,
        part.CompanyId,
        order.StatusOf(part),
        part.DeliveryMethodId,
        part.DeliveryMethodName,
        OrderTotals.Of([part], order.Currency),
        part.Carrier,
        part.TrackingNumber,
        part.ShippedAt,
        part.DeliveredAt,
        part.CancelledAt,
        [.. part.Lines.Select(line => OrderDetailsLine.Of(line, order.PiecesOf(part, line), order.Currency))]);
}

/// <summary>One line, with the money that was fixed at placement.</summary>
/// <param name="Id">The line.</param>
/// <param name="OfferId">What was bought.</param>
/// <param name="ProductId">Its product.</param>
/// <param name="VariantId">Its variant.</param>
/// <param name="ShopId">The shop that sold it.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="Quantity">Pieces, as it was bought.</param>
/// <param name="UnitPrice">Price of one piece.</param>
/// <param name="Discount">Taken off this line.</param>
/// <param name="Delivery">Its share of the delivery.</param>
/// <param name="Tax">Its tax.</param>
/// <param name="Total">What the buyer pays for it.</param>
/// <param name="TakenOff">Pieces that were taken off before they left; refunded.</param>
/// <param name="Shipped">Pieces that left their seller, with those that came back.</param>
/// <param name="Returned">Pieces that came back.</param>
public sealed record OrderDetailsLine(
    Guid Id,
    Guid OfferId,
    Guid ProductId,
    Guid VariantId,
    Guid ShopId,
    string Sku,
    string Title,
    int Quantity,
    Money UnitPrice,
    Money Discount,
    Money Delivery,
    Money Tax,
    Money Total,
    int TakenOff,
    int Shipped,
    int Returned)
{
    internal static OrderDetailsLine Of(OrderLine line, Pieces pieces, string currency) => new(
        line.Id,
        line.OfferId,
        line.ProductId,
        line.VariantId,
        line.ShopId,
        line.Sku,
        line.Title,
        line.Quantity,
        new Money(line.UnitPriceMinor, currency),
        new Money(line.DiscountMinor, currency),
        new Money(line.DeliveryMinor, currency),
        new Money(line.TaxMinor, currency),
        new Money(line.TotalMinor, currency),
        pieces.TakenOff,
        pieces.Shipped,
        pieces.Returned);
}

/// <summary>Sums of an order or a part.</summary>
/// <param name="Items">Prices times quantities.</param>
/// <param name="Discount">Taken off.</param>
/// <param name="Delivery">Delivery.</param>
/// <param name="Tax">Tax; part of the total, whether prices contain it or not.</param>
/// <param name="Total">What the buyer pays.</param>
public sealed record OrderTotals(Money Items, Money Discount, Money Delivery, Money Tax, Money Total)
{
    internal static OrderTotals Of(OrderPart[] parts, string currency) => new(
        new Money(parts.Sum(part => part.ItemsMinor), currency),
        new Money(parts.Sum(part => part.DiscountMinor), currency),
        new Money(parts.Sum(part => part.DeliveryMinor), currency),
        new Money(parts.Sum(part => part.TaxMinor), currency),
        new Money(parts.Sum(part => part.TotalMinor), currency));
}

/// <summary>What the buyer has to do before the order goes on.</summary>
/// <param name="Kind"><c>redirect</c>, <c>bank_slip</c>, <c>pay</c>: start another payment, or <c>review</c>: wait.</param>
/// <param name="Url">Where to go, where the slip is, or what to read; null when a new payment is to be started.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record OrderAction(string Kind, string? Url, DateTimeOffset? ExpiresAt);

/// <summary>Name and addresses of an order. Sellers see what a parcel needs.</summary>
/// <param name="Name">First and last name.</param>
/// <param name="Email">Where mail goes; null for sellers.</param>
/// <param name="Phone">May be missing.</param>
/// <param name="Shipping">Where it goes.</param>
/// <param name="Billing">Where the invoice goes; null when it is the same, and for sellers.</param>
public sealed record OrderContact(string Name, string? Email, string? Phone, PostalAddress Shipping, PostalAddress? Billing)
{
    internal static OrderContact Of(ContactCard card, Sight sight) => new(
        card.Name, sight.IsSeller ? null : card.Email, card.Phone, card.Shipping, sight.IsSeller ? null : card.Billing);
}

/// <summary>The number people use for an order.</summary>
internal static class OrderNumber
{
    public static string Of(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
