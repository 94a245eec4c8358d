using System.Text.Json;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Orders.Domain;
using Souk.Orders.Features;
using Souk.Platform;
using Souk.Platform.Http;

namespace Souk.Orders.Events;

/// <summary>What the request that waits for an order is answered; every retry of it gets the same bytes.</summary>
internal static class Answers
{
    private static readonly Sight Buyer = new("buyer", null);

    /// <summary>201: the sale is made.</summary>
    public static OrderAnswer Confirmed(Order order) => Shown(201, order);

    /// <summary>202: the buyer has to act first.</summary>
    public static OrderAnswer AwaitsPayment(Order order) => Shown(202, order);

    /// <summary>409: lines that could not be reserved, by their place in the order.</summary>
    public static OrderAnswer OutOfStock(Order order, MissingStock[] missing)
    {
        var lines = order.Parts.SelectMany(part => part.Lines).ToDictionary(line => line.Id);
        var lacking = missing.Where(m => lines.ContainsKey(m.LineId))
            .Select(m => (Line: lines[m.LineId], m.Wanted, Available: Math.Max(0, m.Available))).ToArray();
        return Refusal(new Problem(
            409, "out_of_stock",
            "There is not enough stock of some lines. Take fewer of them, or none, and check out again.",
            [.. lacking.Select(l => new FieldError(
                $"/lines/{l.Line.Position}", "out_of_stock", $"Wanted {l.Wanted}, there are {l.Available}."))])
        {
            More =
            {
                ["lines"] = lacking.Select(l => new Missing(l.Line.Id, l.Line.OfferId, l.Wanted, l.Available)).ToArray(),
            },
        });
    }

    /// <summary>402: the payment was declined.</summary>
    public static OrderAnswer Declined(PaymentDeclined e) =>
        Refusal(new Problem(402, "payment_declined", e.Detail, new FieldError("/payments", e.Code, e.Detail)));

    /// <summary>409: refused for another reason; nothing was taken.</summary>
    public static OrderAnswer Refused(string code) => Refusal(new Problem(409, code, code switch
    {
        "timed_out" => "The order could not be completed in time. Nothing was taken; check out again.",
        "reservation_expired" => "The reservation ran out before the order was paid. Nothing was taken; check out again.",
        _ => "The order was cancelled before it was confirmed. Nothing was taken.",
    }));

    private static OrderAnswer Shown(int status, Order order) =>
        new(status, JsonSerializer.Serialize(OrderDetails.Of(order, Buyer, contact: null), Json.Api));

    private static OrderAnswer Refusal(Problem problem) => new(problem.Status, problem.Body());

    private sealed record Missing(Guid LineId, Guid OfferId, int Wanted, long Available);
}
