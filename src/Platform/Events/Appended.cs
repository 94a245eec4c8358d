using Souk.Contracts;

namespace Souk.Platform.Events;

/// <summary>A stretch of a topic without a gap, appended by one commit of this process.</summary>
internal sealed record Appended(long First, long Last, IReadOnlyList<AppendedEvent> Events);

/// <summary>An event in its place in the log; the object itself where the process made it.</summary>
internal sealed record AppendedEvent(
    long Pos, Guid Id, string Type, Guid Key, byte[] Payload, string? Trace, IEvent? Event = null);

/// <summary>
/// What this process appended to a topic and its consumer has not read yet, so that it need not ask the database for it.
/// Only a help: positions have no gaps, so what is missing here shows, and is read from the log.
/// </summary>
internal sealed class NearEnd(int eventsMax)
{
    private readonly Lock gate = new();
    private readonly List<Appended> stretches = [];
    private int events;

    /// <summary>Keeps a stretch with the events that the consumer wants. Who falls behind reads from the log.</summary>
    public void Add(Appended appended)
    {
        lock (gate)
        {
            if (events + appended.Events.Count > eventsMax || stretches.Count == eventsMax)
                Clear();
            if (appended.Events.Count > eventsMax)
                return;
            // Two commits may be told in the other order than they were made.
            var at = stretches.Count;
            while (at > 0 && stretches[at - 1].First > appended.First)
                at--;
            stretches.Insert(at, appended);
            events += appended.Events.Count;
        }
    }

    /// <summary>
    /// Takes what follows on <paramref name="position" /> without a gap, and moves the position there. Answers false
    /// when nothing does, or when more lies behind a gap: then the log knows what is between.
    /// </summary>
    public bool Take(ref long position, Action<AppendedEvent> take)
    {
        lock (gate)
        {
            var moved = false;
            while (stretches.Count > 0 && stretches[0].First <= position + 1)
            {
                foreach (var e in stretches[0].Events)
                    if (e.Pos > position)
                        take(e);
                moved |= stretches[0].Last > position;
                position = Math.Max(position, stretches[0].Last);
                events -= stretches[0].Events.Count;
                stretches.RemoveAt(0);
            }
            return moved && stretches.Count == 0;
        }
    }

    private void Clear()
    {
        stretches.Clear();
        events = 0;
    }
}
