using Microsoft.Extensions.Options;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Platform.Events;

namespace Souk.Orders.Events;

/// <summary>
/// The stock is there: asks for the payments, waits for the buyer's where none was said (<see cref="Adding" />), or confirms at once
/// what costs nothing.
/// </summary>
internal sealed class OnStockReserved(OrdersDb db, IOptions<OrdersOptions> options) : IHandleBatch<StockReserved>
{
    // The deadline stays: it is one for all of pending, and a row whose indexed columns stay is changed in its place.
    private const string Reserve = $"""
        with reserved as (
            update orders o set reserved_until = e.until, version = version + 1, updated_at = now()
              from unnest($1::uuid[], $2::timestamptz[]) as e(id, until)
             where o.id = e.id and o.status = 'pending' and o.reserved_until is null
            returning o.*)
        select {OrderRows.Columns} from reserved o
        """;

    public async Task Handle(IReadOnlyList<StockReserved> events, CancellationToken ct)
    {
        var reserved = events.DistinctBy(e => e.OrderId).ToArray();
        var orders = await db.Take(
            Reserve, Array.ConvertAll(reserved, e => e.OrderId), ct,
            (object)Array.ConvertAll(reserved, e => e.Until.ToUniversalTime()));
        foreach (var order in orders.Where(order => order.TotalMinor > 0))
            db.Publish(Steps.Due(order));
        var later = orders.Where(order => order is { TotalMinor: > 0, Payments: null });
        await AwaitPayment([.. later.Select(order => order.Id)], ct);
        await ConfirmFree([.. orders.Where(order => order.TotalMinor == 0).Select(order => order.Id)], ct);
    }

    private async Task AwaitPayment(Guid[] ids, CancellationToken ct)
    {
        if (ids is [])
            return;
        foreach (var order in await db.Take(Moves.AwaitPayment, ids, ct, (object)Moves.FromPending))
            db.Publish(new OrderAwaitsPayment(
                order.Id, order.Deadline!.Value, Answers.AwaitsPayment(order), order.AccountId));
    }

    private async Task ConfirmFree(Guid[] ids, CancellationToken ct)
    {
        if (ids is [])
            return;
        foreach (var order in await db.Take(Moves.Confirm, ids, ct, Moves.From(OrderStatus.Confirmed), options.Value.CaptureMax))
            db.Publish(Steps.Confirmed(order));
    }
}
