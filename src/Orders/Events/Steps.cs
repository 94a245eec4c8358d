using System.Text.Json;
using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Platform;

namespace Souk.Orders.Events;

/// <summary>The events that lead an order on, or undo it, made from its rows.</summary>
internal static class Steps
{
    public static PaymentDue Due(Order order) =>
        new(order.Id, order.AccountId, order.Currency, order.TotalMinor, Payments(order), Lines(order), order.ReturnUrl,
            order.Country);

    public static OrderConfirmed Confirmed(Order order) => new(
        order.Id, OrderNumber(order), order.CartId, order.AccountId, order.ContactId, order.Currency, order.TotalMinor, Lines(order),
        [.. order.Parts.Select(part => new OrderedPart(part.Id, part.CompanyId, part.DeliveryMethodId, part.DeliveryMethodName))],
        Answers.Confirmed(order), order.Country, order.Postcode);

    public static OrderHeld Held(Order order) => new(
        order.Id, OrderNumber(order), order.AccountId, order.ContactId, order.Currency, order.TotalMinor, Lines(order));

    /// <summary>A return as it stands now.</summary>
    public static ReturnMoved Moved(Return it, Order order) => new(
        order.Id, it.Id, it.CompanyId, Words.Of(it.Status), it.Reason,
        [
            .. it.Lines
                .Select(line => new LineQuantity(
                    line.LineId, order.PartOf(it).Line(line.LineId).OfferId,
                    it.Status == ReturnStatus.Received ? line.Received : line.Quantity))
                .Where(pieces => pieces.Quantity > 0),
        ]);

    /// <summary>A pending order was cancelled: the sale never came near.</summary>
    public static OrderRefused Refused(Order order, string code, OrderAnswer answer) => new(order.Id, order.CartId, code, answer);

    /// <summary>An order that waited for its payment, or was confirmed, was cancelled as a whole.</summary>
    public static OrderCancelled Cancelled(Order order) => new(
        order.Id, order.CartId, order.AccountId, order.ContactId, order.CancelReason!, order.ConfirmedAt is not null,
        // Parts that were cancelled before released their stock then.
        order.Open(order.Parts.Where(part => part.CancelledAt == order.CancelledAt)));

    public static string OrderNumber(Order order) => Features.OrderNumber.Of(order.Number);

    private static OrderedLine[] Lines(Order order) =>
        [.. order.Parts.SelectMany(part => part.Lines).OrderBy(line => line.Position).Select(line => line.Ordered())];

    private static PaymentIntent[] Payments(Order order) =>
        order.Payments is null ? [] : JsonSerializer.Deserialize<PaymentIntent[]>(order.Payments, Json.Events) ?? [];
}
