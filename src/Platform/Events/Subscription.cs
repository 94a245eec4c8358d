using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Souk.Contracts;

namespace Souk.Platform.Events;

/// <summary>One line of a module's table of contents: this event goes to that handler.</summary>
internal abstract class Subscription(Type eventType, bool hurry)
{
    private static readonly TimeSpan GatherMin = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan GatherMax = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether somebody waits for it.</summary>
    public bool Hurry => hurry;

    /// <summary>
    /// How long events that nobody waits for may be gathered, from the first one on: a moment, and where they come all the
    /// time a little longer, since a batch costs nearly the same however many are in it.
    /// </summary>
    /// <param name="appliedAt">The timestamp of the last batch.</param>
    public static TimeSpan Gather(long appliedAt)
    {
        var left = GatherMax - Stopwatch.GetElapsedTime(appliedAt);
        return left > GatherMin ? left : GatherMin;
    }

    /// <summary>The service that publishes it: the last part of the event's namespace, in lower case.</summary>
    public string Topic { get; } = TopicOf(eventType);

    /// <summary>The event's name.</summary>
    public string Type { get; } = eventType.Name;

    public IEvent Read(ReadOnlySpan<byte> payload) =>
        (IEvent)(JsonSerializer.Deserialize(payload, eventType, Json.Events) ?? throw new JsonException($"A {Type} is null."));

    public abstract Task Handle(IServiceProvider scope, IReadOnlyList<IEvent> events, CancellationToken ct);

    public static string TopicOf(Type eventType) =>
        eventType.Namespace![(eventType.Namespace!.LastIndexOf('.') + 1)..].ToLowerInvariant();
}

internal sealed class SubscriptionOf<TEvent, THandler>(bool hurry = true) : Subscription(typeof(TEvent), hurry)
    where TEvent : IEvent
    where THandler : class
{
    public override async Task Handle(IServiceProvider scope, IReadOnlyList<IEvent> events, CancellationToken ct)
    {
        var handler = scope.GetRequiredService<THandler>();
        if (handler is IHandleBatch<TEvent> batch)
        {
            await batch.Handle([.. events.Cast<TEvent>()], ct);
            return;
        }
        var one = (IHandle<TEvent>)handler;
        foreach (var e in events)
            await one.Handle((TEvent)e, ct);
    }
}
