using Souk.Contracts;

namespace Souk.Platform.Events;

/// <summary>
/// Reacts to one kind of event of another service, in the transaction of its batch: what it changes, what it publishes and
/// the position are committed together, once. It must not call out: work outside the database is a row for a worker.
/// </summary>
/// <typeparam name="TEvent">The event.</typeparam>
public interface IHandle<in TEvent> where TEvent : IEvent
{
    /// <summary>Applies one event. An exception parks the event and, with it, later events of its key.</summary>
    Task Handle(TEvent e, CancellationToken ct);
}

/// <summary>Like <see cref="IHandle{TEvent}" />, for hot events: takes all of a batch at once and does set-based SQL.</summary>
/// <typeparam name="TEvent">The event.</typeparam>
public interface IHandleBatch<in TEvent> where TEvent : IEvent
{
    /// <summary>Applies the events in their order; never empty. A key may stand in it several times.</summary>
    Task Handle(IReadOnlyList<TEvent> events, CancellationToken ct);
}

/// <summary>
/// Sees a batch of several kinds of events before their handlers do: who locks rows in more than one of them locks them here,
/// in one order. Handlers one after the other would lock in as many orders, and two replicas with a batch each deadlock.
/// </summary>
public interface IPrepareBatch
{
    /// <summary>Prepares for the events, in the transaction of their batch. Called only where several handlers will run.</summary>
    void Prepare(IReadOnlyList<IEvent> events);
}
