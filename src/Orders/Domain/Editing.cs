using Souk.Contracts.Orders;
using Souk.Platform.Http;

namespace Souk.Orders.Domain;

/// <summary>
/// Edits before goods leave. Lines stay as they were bought: pieces are taken off them, and their money goes back.
/// </summary>
internal static class Editing
{
    /// <summary>
    /// Takes pieces off a part. Their share of everything goes back, of the delivery too. When all that stays has left, the
    /// part is shipped. Taking off all of it is a cancellation, and not done here.
    /// </summary>
    /// <param name="order">An order whose money was taken.</param>
    /// <param name="part">Of which part; at least one piece stays.</param>
    /// <param name="pieces">Which ones; they have not left.</param>
    /// <param name="edit">The edit.</param>
    /// <param name="actor">Who edits.</param>
    /// <param name="note">Why.</param>
    /// <returns>What goes back; empty for what cost nothing.</returns>
    public static RefundedLine[] TakeOff(
        this Order order, OrderPart part, IReadOnlyList<LineQuantity> pieces, Guid edit, Actor actor, string? note)
    {
        order.DemandEdit(part);
        var back = new List<RefundedLine>();
        foreach (var piece in pieces)
        {
            var line = part.Line(piece.LineId);
            var refund = LineRefund.Of(
                line, order.PiecesOf(part, line).Refunded, piece.Quantity, delivery: true, order.PricesIncludeTax);
            order.Move(part, line, PieceMoveKind.TakenOff, piece.Quantity, edit, actor, refund);
            if (refund.TotalMinor > 0)
                back.Add(new RefundedLine(line.Id, refund.TotalMinor, refund.DeliveryMinor, refund.TaxMinor));
        }
        order.Note(part, "pieces_taken_off", actor, note);
        if (order.Open(part) is [])
            order.MovePart(part, PartStatus.Shipped, actor, note: null);
        order.Follow(actor, note: null);
        return [.. back];
    }

    /// <summary>Refuses to edit what has left, was cancelled, or whose money is not here yet.</summary>
    public static void DemandEdit(this Order order, OrderPart part)
    {
        var state = order.StatusOf(part);
        if (state != OrderStatus.Confirmed || order.Status == OrderStatus.CaptureFailed)
            throw new RuleException(
                "order_move", $"Lines are changed before they leave. This part is {Words.Of(state)}.")
            {
                More = { ["state"] = Words.Of(state), ["allowed"] = order.Allowed().ToArray() },
            };
        if (order.CapturedAt is null)
            throw new RuleException(
                "not_captured", "The money of this order is being taken. Change its lines when that is done.");
    }
}
