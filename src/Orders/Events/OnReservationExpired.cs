using Souk.Contracts.Inventory;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// The stock is free again: nobody paid in time. An order that was confirmed in the same moment goes on: Inventory
/// takes its pieces again when it hears of that, or refuses them.
/// </summary>
internal sealed class OnReservationExpired(OrdersDb db) : IHandleBatch<ReservationExpired>
{
    public async Task Handle(IReadOnlyList<ReservationExpired> events, CancellationToken ct)
    {
        Guid[] ids = [.. events.Select(e => e.OrderId).Distinct()];
        foreach (var order in await db.Take(Moves.Cancel, ids, ct, Moves.FromPending, "reservation_expired"))
            db.Publish(Steps.Refused(order, "reservation_expired", Answers.Refused("reservation_expired")));
        foreach (var order in await db.Take(Moves.Cancel, ids, ct, Moves.FromAwaitingPayment, "payment_expired"))
            db.Publish(Steps.Cancelled(order));
    }
}
