using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>The lines that stay of an order: what is missing of them is taken off, and the others hear of it.</summary>
/// <param name="order">The order.</param>
/// <param name="stay">The lines that are named.</param>
/// <param name="caller">Who edits: a buyer all lines, others those they manage.</param>
/// <param name="actor">As what.</param>
internal sealed class EditedLines(Order order, IReadOnlyList<ChangeOrderLine> stay, Caller caller, Actor actor)
{
    private readonly Dictionary<Guid, (OrderPart Part, OrderLine Line)> lines = order.Parts
        .SelectMany(part => part.Lines, (part, line) => (Part: part, Line: line))
        .Where(line => actor.Kind == "buyer"
            || caller.Can(Permissions.OrdersManage, line.Part.CompanyId, line.Line.ShopId))
        .ToDictionary(line => line.Line.Id);

    /// <summary>
    /// Refuses what is wrong with the lines that are named: unknown, twice, both a line and an offer, fewer than have left; and who may
    /// change none.
    /// </summary>
    public void Check()
    {
        if (lines.Count == 0)
            throw new RuleException(403, "forbidden", "You may see this order but not change it.");
        var sold = lines.Values.Where(line => line.Part.Status != PartStatus.Cancelled)
            .Select(line => line.Line.OfferId).ToHashSet();
        var (seen, errors) = (new HashSet<Guid>(), new List<FieldError>());
        foreach (var (n, line) in stay.Index())
        {
            if (line.LineId is null == line.OfferId is null)
                Wrong(
                    "line_id", "line_required",
                    "Name a line_id of the order, or an offer_id that is to be added, and not both.");
            else if (line.LineId is { } lineId && !lines.ContainsKey(lineId))
                Wrong("line_id", "unknown_line", "There is no such line here that you may change.");
            else if (line.OfferId is { } offerId && sold.Contains(offerId))
                Wrong("offer_id", "line_exists", "The order has a line of this offer. Name it by its line_id.");
            else if (!seen.Add(line.LineId ?? line.OfferId!.Value))
                Wrong(
                    line.LineId is null ? "offer_id" : "line_id", "duplicate_line",
                    "This line stands here twice. Name it once.");

            void Wrong(string field, string code, string detail) =>
                errors.Add(new FieldError($"/lines/{n}/{field}", code, detail));
        }
        if (errors is [var first, ..])
            throw new RuleException(422, first.Code, first.Detail, [.. errors]);
        foreach (var line in stay.Where(line => line.LineId is not null))
        {
            var (part, bought) = lines[line.LineId!.Value];
            var pieces = order.PiecesOf(part, bought);
            var fewest = part.Status == PartStatus.Confirmed ? pieces.Shipped : bought.Quantity - pieces.TakenOff;
            if (part.Status != PartStatus.Cancelled && line.Quantity < fewest)
                throw new RuleException(
                    "order_move", $"{fewest} pieces of a line have left. They come back by a return, not by an edit.");
        }
    }

    /// <summary>Whether anything goes down.</summary>
    public bool GoDown => Parts.Any(part => Off(part) is not []);

    private OrderPart[] Parts => [.. lines.Values.Select(line => line.Part).Distinct()];

    /// <summary>Takes off what is not named, or with fewer pieces than there are. The lines were checked.</summary>
    public void TakeOff(OrdersDb db, string? reason)
    {
        var edits = Parts.Select(part => (Part: part, Off: Off(part))).ToArray();
        if (edits.All(edit => edit.Off is []))
        {
            // The same lines once more change nothing, but of a cancelled order there are none.
            if (order.Status == OrderStatus.Cancelled)
                order.DemandEdit(edits[0].Part);
            return;
        }
        foreach (var (part, off) in edits.Where(edit => edit.Off is not []))
        {
            order.DemandEdit(part);
            if (actor.Kind == "buyer" && part.ShippedAt is not null)
                throw new RuleException(
                    "order_move", "Some of this part has left. Ask its seller to take the rest off.");
        }
        OrderPart[] dropped =
        [
            .. edits.Where(edit => edit.Off is not [] && IsAll(edit.Part, edit.Off)).Select(edit => edit.Part),
        ];
        if (order.Parts.All(part => part.Status == PartStatus.Cancelled || dropped.Contains(part)))
            throw new RuleException(
                "nothing_stays", "Nothing of this order would stay. Cancel it: DELETE /orders/{id}.");

        foreach (var (part, off) in edits.Where(edit => edit.Off is not [] && !dropped.Contains(edit.Part)))
            TakeOff(db, part, off, reason);
        if (dropped is not [])
            db.CancelSome(order, dropped, actor, reason);
        if (actor.Kind != "buyer")
            db.Audit(
                caller, "order.edit", "order", order.Id, actor.Kind == "seller" ? edits[0].Part.CompanyId : null,
                after: new { taken_off = edits.SelectMany(edit => edit.Off) }, reason: reason);
    }

    private void TakeOff(OrdersDb db, OrderPart part, LineQuantity[] off, string? reason)
    {
        var edit = Guid.CreateVersion7();
        var back = order.TakeOff(part, off, edit, actor, reason);
        db.Publish(new PiecesTakenOff(order.Id, part.Id, part.CompanyId, off));
        if (back is not [])
            db.Publish(new RefundDue(order.Id, edit, part.CompanyId, actor.AccountId, "edit", back));
    }

    // What is taken off a part. Of what has left nothing is, whether it is named or not.
    private LineQuantity[] Off(OrderPart part)
    {
        if (part.Status != PartStatus.Confirmed)
            return [];
        var named = stay.Where(line => line.LineId is not null)
            .ToLookup(line => line.LineId!.Value, line => line.Quantity);
        return
        [
            .. from open in order.Open(part)
               where lines.ContainsKey(open.LineId)
               let shipped = order.PiecesOf(part, part.Line(open.LineId)).Shipped
               let stays = Math.Max(0, named[open.LineId].FirstOrDefault() - shipped)
               where stays < open.Quantity
               select open with { Quantity = open.Quantity - stays },
        ];
    }

    private bool IsAll(OrderPart part, LineQuantity[] off) =>
        part.ShippedAt is null && off.Sum(piece => piece.Quantity) == order.Open(part).Sum(piece => piece.Quantity);
}
