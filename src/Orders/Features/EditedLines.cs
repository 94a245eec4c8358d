using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>The lines that stay of an order: what is missing of them is taken off, and the others hear of it.</summary>
internal static class EditedLines
{
    public static void Change(
        OrdersDb db, Order order, IReadOnlyList<ChangeOrderLine> stay, Caller caller, Actor actor, string? reason)
    {
        OrderPart[] mine =
        [
            .. order.Parts.Where(part => actor.Kind == "buyer" || caller.Can(Permissions.OrdersManage, part.CompanyId)),
        ];
        if (mine is [])
            throw new RuleException(403, "forbidden", "You may see this order but not change it.");
        var edits = mine.Select(part => (Part: part, Off: Off(order, part, stay))).ToArray();
        Check(order, stay, mine);
        if (edits.All(edit => edit.Off is []))
        {
            // The same lines once more change nothing, but of a cancelled order there are none.
            if (order.Status == OrderStatus.Cancelled)
                order.DemandEdit(mine[0]);
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
            .. edits.Where(edit => edit.Off is not [] && IsAll(order, edit.Part, edit.Off)).Select(edit => edit.Part),
        ];
        if (order.Parts.All(part => part.Status == PartStatus.Cancelled || dropped.Contains(part)))
            throw new RuleException(
                "nothing_stays", "Nothing of this order would stay. Cancel it: DELETE /orders/{id}.");

        foreach (var (part, off) in edits.Where(edit => edit.Off is not [] && !dropped.Contains(edit.Part)))
            TakeOff(db, order, part, off, actor, reason);
        if (dropped is not [])
            db.CancelSome(order, dropped, actor, reason);
        if (actor.Kind != "buyer")
            db.Audit(
                caller, "order.edit", "order", order.Id, actor.Kind == "seller" ? mine[0].CompanyId : null,
                after: new { taken_off = edits.SelectMany(edit => edit.Off) }, reason: reason);
    }

    private static void TakeOff(
        OrdersDb db, Order order, OrderPart part, LineQuantity[] off, Actor actor, string? reason)
    {
        var edit = Guid.CreateVersion7();
        var back = order.TakeOff(part, off, edit, actor, reason);
        db.Publish(new PiecesTakenOff(order.Id, part.Id, part.CompanyId, off));
        if (back is not [])
            db.Publish(new RefundDue(order.Id, edit, part.CompanyId, actor.AccountId, "edit", back));
    }

    // What is taken off a part. Of what has left nothing is, whether it is named or not.
    private static LineQuantity[] Off(Order order, OrderPart part, IReadOnlyList<ChangeOrderLine> stay)
    {
        if (part.Status != PartStatus.Confirmed)
            return [];
        var named = stay.ToLookup(line => line.LineId!.Value, line => line.Quantity);
        return
        [
            .. from open in order.Open(part)
               let shipped = order.PiecesOf(part, part.Line(open.LineId)).Shipped
               let stays = Math.Max(0, named[open.LineId].FirstOrDefault() - shipped)
               where stays < open.Quantity
               select open with { Quantity = open.Quantity - stays },
        ];
    }

    private static bool IsAll(Order order, OrderPart part, LineQuantity[] off) =>
        part.ShippedAt is null && off.Sum(piece => piece.Quantity) == order.Open(part).Sum(piece => piece.Quantity);

    // All that is wrong with the lines that are named: unknown, twice, more than there is, fewer than have left.
    private static void Check(Order order, IReadOnlyList<ChangeOrderLine> stay, OrderPart[] parts)
    {
        var lines = parts.SelectMany(part => part.Lines, (part, line) => (Part: part, Line: line))
            .ToDictionary(line => line.Line.Id);
        var (seen, errors) = (new HashSet<Guid>(), new List<FieldError>());
        foreach (var (n, line) in stay.Index())
        {
            if (!lines.TryGetValue(line.LineId!.Value, out var known))
                Wrong("line_id", "unknown_line", "There is no such line here that you may change.");
            else if (!seen.Add(known.Line.Id))
                Wrong("line_id", "duplicate_line", "This line stands here twice. Name it once.");
            else if (Left(known) is var left && line.Quantity > left)
                Wrong("quantity", "too_many_pieces", $"There are {left}. More of them are a new order.");

            void Wrong(string field, string code, string detail) =>
                errors.Add(new FieldError($"/lines/{n}/{field}", code, detail));
        }
        int Left((OrderPart Part, OrderLine Line) known) =>
            known.Line.Quantity - order.PiecesOf(known.Part, known.Line).TakenOff;

        if (errors is [var first, ..])
            throw new RuleException(422, first.Code, first.Detail, [.. errors]);
        foreach (var line in stay)
        {
            var (part, bought) = lines[line.LineId!.Value];
            var pieces = order.PiecesOf(part, bought);
            var fewest = part.Status == PartStatus.Confirmed ? pieces.Shipped : bought.Quantity - pieces.TakenOff;
            if (part.Status != PartStatus.Cancelled && line.Quantity < fewest)
                throw new RuleException(
                    "order_move", $"{fewest} pieces of a line have left. They come back by a return, not by an edit.");
        }
    }
}
