namespace Souk.Contracts;

/// <summary>
/// Something a service tells the others, published in the transaction that made it true. A record of values in the
/// namespace of the service that owns it: <c>Souk.Contracts.Orders</c> is the topic <c>orders</c>. Events change by
/// adding members only, and carry no personal data: ids, and country and postcode where a price or the choice of a warehouse needs them.
/// </summary>
public interface IEvent
{
    /// <summary>The aggregate the event is about. Events of one key are applied in the order they were published.</summary>
    Guid Key { get; }
}

/// <summary>
/// An event that carries the whole state of its aggregate. A consumer keeps the one with the highest version, so a
/// projection can be rebuilt by publishing the states again (<c>souk rebuild</c>).
/// </summary>
public interface IStateEvent : IEvent
{
    /// <summary>Grows by one with every change of the aggregate.</summary>
    long Version { get; }
}
