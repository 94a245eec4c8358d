using Souk.Contracts.Orders;
using Souk.Platform.Db;
using Souk.Platform.Http;

namespace Souk.Orders.Domain;

/// <summary>Where a return stands.</summary>
public enum ReturnStatus
{
    /// <summary>The seller has to decide.</summary>
    Requested,

    /// <summary>The goods may be sent.</summary>
    Approved,

    /// <summary>The seller takes nothing back.</summary>
    Rejected,

    /// <summary>The buyer keeps the goods.</summary>
    Withdrawn,

    /// <summary>The goods are here; what is refunded is on its way.</summary>
    Received,

    /// <summary>The buyer has the money.</summary>
    Refunded,
}

/// <summary>Goods of one part of an order that their buyer gives back.</summary>
internal sealed class Return : IVersioned
{
    public Guid Id { get; init; }
    public Guid OrderId { get; init; }
    public Guid PartId { get; init; }
    public Guid CompanyId { get; init; }
    public Guid? AccountId { get; init; }
    public required string Currency { get; init; }
    public ReturnStatus Status { get; private set; }
    public required string Reason { get; init; }
    public string? Comment { get; init; }
    public string? Decision { get; private set; }
    public bool RefundDelivery { get; private set; }
    public Guid? ReceiverCompanyId { get; private set; }
    public Guid? RefundId { get; private set; }
    public long RefundMinor { get; private set; }
    public long? RefundedMinor { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DecidedAt { get; private set; }
    public DateTimeOffset? ReceivedAt { get; private set; }
    public DateTimeOffset? RefundedAt { get; init; }
    public long Version { get; set; }
    public List<ReturnLine> Lines { get; init; } = [];

    /// <summary>The shops that sold the goods; known where the caller may be of one shop only.</summary>
    public Guid[] ShopIds { get; set; } = [];

    /// <summary>The goods may be sent, to the seller or to whoever receives them for the seller.</summary>
    public void Approve(bool refundDelivery, Guid? receiverCompanyId, string? note, DateTimeOffset now)
    {
        MoveTo(ReturnStatus.Approved);
        (RefundDelivery, ReceiverCompanyId, Decision, DecidedAt) = (refundDelivery, receiverCompanyId, note, now);
    }

    /// <summary>Nothing is taken back. Also of what was approved and never came.</summary>
    public void Reject(string reason, DateTimeOffset now)
    {
        MoveTo(ReturnStatus.Rejected);
        (Decision, DecidedAt) = (reason, now);
    }

    /// <summary>The buyer keeps the goods.</summary>
    public void Withdraw() => MoveTo(ReturnStatus.Withdrawn);

    /// <summary>
    /// The goods are here: the order says how many pieces of which line came back, and what goes back for them.
    /// </summary>
    public void Receive(Order order, IReadOnlyList<ReceivedPieces> pieces, Actor actor)
    {
        MoveTo(ReturnStatus.Received);
        var part = order.Parts.Single(part => part.Id == PartId);
        var next = order.Kept(part).Sum(kept => kept.Quantity) == pieces.Sum(piece => piece.Quantity)
            ? PartStatus.Returned
            : PartStatus.PartlyReturned;
        if (part.Status != next)
            order.Demand(part, next);
        foreach (var piece in pieces)
        {
            var (bought, line) = (part.Line(piece.LineId), Lines.Single(line => line.LineId == piece.LineId));
            var refund = LineRefund.Of(
                bought, order.PiecesOf(part, bought).Refunded, piece.Refunded, RefundDelivery, order.PricesIncludeTax);
            order.Move(part, bought, PieceMoveKind.Returned, piece.Quantity, Id, actor, refund);
            line.Receive(piece, refund);
        }
        if (part.Status == next)
            order.Note(part, "return_received", actor);
        else
            order.MovePart(part, next, actor, note: null);
        order.Follow(actor, note: null);
        RefundMinor = Lines.Sum(line => line.RefundMinor);
        RefundId = RefundMinor == 0 ? null : Guid.CreateVersion7();
        ReceivedAt = actor.At;
    }

    /// <summary>What goes back for each line.</summary>
    public RefundedLine[] Refund() =>
        [.. Lines.Where(line => line.RefundMinor > 0).Select(line => line.Refund!)];

    private void MoveTo(ReturnStatus next)
    {
        if (!OrderLife.Can(Status, next))
        {
            string[] allowed = [.. OrderLife.Next(Status).Select(Words.Of)];
            var rest = allowed is [] ? "Nothing more can be done with it." : $"Allowed: {string.Join(", ", allowed)}.";
            throw new RuleException(
                "return_move", $"A return that is {Words.Of(Status)} cannot become {Words.Of(next)}. {rest}")
            {
                More = { ["state"] = Words.Of(Status), ["allowed"] = allowed },
            };
        }
        Status = next;
    }
}

/// <summary>Pieces of one line that come back.</summary>
internal sealed class ReturnLine
{
    public Guid ReturnId { get; init; }
    public Guid LineId { get; init; }
    public int Position { get; init; }
    public required string Sku { get; init; }
    public required string Title { get; init; }
    public int Quantity { get; init; }
    public int Received { get; private set; }
    public int Restocked { get; private set; }
    public int Refunded { get; private set; }
    public long RefundMinor { get; private set; }
    public string? Condition { get; private set; }

    /// <summary>What was decided in this request.</summary>
    public RefundedLine? Refund { get; private set; }

    public void Receive(ReceivedPieces pieces, LineRefund refund)
    {
        (Received, Restocked, Condition) = (pieces.Quantity, pieces.Restocked, pieces.Condition);
        (Refunded, RefundMinor) = (refund.Quantity, refund.TotalMinor);
        Refund = new RefundedLine(LineId, refund.TotalMinor, refund.DeliveryMinor, refund.TaxMinor);
    }
}

/// <summary>Pieces of a line that arrived.</summary>
/// <param name="LineId">The line.</param>
/// <param name="Quantity">How many.</param>
/// <param name="Restocked">How many of them are to be sold again.</param>
/// <param name="Refunded">For how many of them money goes back.</param>
/// <param name="Condition">How they look, a stable word.</param>
internal sealed record ReceivedPieces(Guid LineId, int Quantity, int Restocked, int Refunded, string Condition);
