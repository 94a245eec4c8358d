namespace Souk.Contracts.Payments;

/// <summary>
/// A refund that Orders asked for was not made: nothing of these lines is left, because it was refunded before.
/// </summary>
/// <param name="OrderId">The order; also the key.</param>
/// <param name="RefundId">The refund.</param>
public sealed record RefundSkipped(Guid OrderId, Guid RefundId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => OrderId;
}
