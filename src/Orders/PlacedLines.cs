using Souk.Orders.Domain;
using Souk.Platform;

namespace Souk.Orders;

/// <summary>
/// The lines of the orders that this process placed last. Lines never change, so the steps that follow in the next
/// milliseconds need not read them again.
/// </summary>
internal sealed class PlacedLines
{
    private readonly Recent<Guid, OrderLine[]> orders = new(2_000);

    public OrderLine[]? Of(Guid orderId) => orders.TryGet(orderId, out var lines) ? lines : null;

    /// <summary>Keeps all lines of an order, by their position.</summary>
    public void Keep(Guid orderId, OrderLine[] lines) => orders.Set(orderId, lines);
}
