using Souk.Contracts;

namespace Souk.Platform.Events;

/// <summary>
/// An event as it was read from a topic, on its way through a consumer. <paramref name="Event" /> is there already
/// where this process made it.
/// </summary>
internal sealed record Delivered(
    Subscription Subscription, long Pos, Guid Id, Guid Key, byte[] Payload, string? Trace, IEvent? Event = null)
{
    private IEvent? read = Event;
    private string? unreadable;

    public string Topic => Subscription.Topic;

    public (string, Guid) TopicKey => (Topic, Key);

    /// <summary>The event itself, or null and why not when its payload cannot be read. It is parsed once.</summary>
    public IEvent? Read(out string? reason)
    {
        if (read is null && unreadable is null)
            (read, unreadable) = Parse();
        reason = unreadable;
        return read;
    }

    private (IEvent? Event, string? Reason) Parse()
    {
        try
        {
            var e = Subscription.Read(Payload);
            return e.Key == Key ? (e, null) : (null, "Its key is not the key of its aggregate.");
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or NotSupportedException or NullReferenceException or ArgumentException)
        {
            return (null, Consumer.Reason(e));
        }
    }
}

/// <summary>How far a batch moves the cursor of one topic.</summary>
internal sealed record Move(string Topic, long From, long To);

/// <summary>
/// Another process did what this one did not know of: it moved the cursor, or parked an earlier event of a key. Nothing was
/// applied; who knows it now tries again.
/// </summary>
internal sealed class FencedException(string message, Exception inner) : Exception(message, inner);
