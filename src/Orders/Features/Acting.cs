using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Orders.Events;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>What people do to an order or to parts of it, as who, and what the others hear of it.</summary>
internal static class Acting
{
    /// <summary>As what the caller acts: on one's own order a buyer, else staff or a seller.</summary>
    public static Actor ActorFor(this Order order, Caller caller, TimeProvider clock)
    {
        var kind = Sight.Of(order, caller)?.Kind == "buyer" ? "buyer" : caller.Can(Permissions.OrdersManage) ? "staff" : "seller";
        return new Actor(kind, caller.AccountId, clock.GetUtcNow());
    }

    /// <summary>Cancels the whole order, with what was added to it and has not left, and tells everybody.</summary>
    public static async Task CancelAll(this OrdersDb db, Order order, Actor actor, string? note, CancellationToken ct)
    {
        db.CancelOne(order, actor, note);
        foreach (var addition in await db.LockedAdditionsOf(order.Id, ct))
            if (OrderLife.Can(addition.Status, OrderStatus.Cancelled) && !addition.HasLeft)
                db.CancelOne(addition, actor, note);
    }

    private static void CancelOne(this OrdersDb db, Order order, Actor actor, string? note)
    {
        var wasPending = order.Status == OrderStatus.Pending;
        order.Cancel(actor, note);
        db.Publish(wasPending ? Steps.Refused(order, "cancelled", Answers.Refused("cancelled")) : Steps.Cancelled(order));
    }

    /// <summary>
    /// Cancels some parts. When none is left the order is cancelled, and one event says so instead of several.
    /// </summary>
    public static void CancelSome(this OrdersDb db, Order order, IReadOnlyList<OrderPart> parts, Actor actor, string? note)
    {
        order.CancelParts(parts, actor, note);
        if (order.Status == OrderStatus.Cancelled)
        {
            db.Publish(Steps.Cancelled(order));
            return;
        }
        foreach (var part in parts)
            db.Publish(new PartCancelled(
                order.Id, part.Id, part.CompanyId, order.AccountId, order.ContactId, actor.Kind, order.Open(part),
                part.TotalMinor - part.Lines.Sum(line => order.PiecesOf(part, line).RefundMinor)));
    }
}
