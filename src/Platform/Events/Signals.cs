using System.Collections.Concurrent;

namespace Souk.Platform.Events;

/// <summary>Wakes those who wait for events, right after the commit. Losing a signal costs a poll, never an event.</summary>
internal sealed class Signals
{
    private readonly ConcurrentDictionary<string, Signal> relays = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Signal> logs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Topic, string Type), List<Action>> consumers = new();
    private readonly ConcurrentDictionary<string, List<Action<Appended>>> followers = new(StringComparer.Ordinal);

    /// <summary>Tells other processes, which is not waited for; null while there are none.</summary>
    public Action<string, IEnumerable<string>>? Elsewhere { get; set; }

    /// <summary>Called when somebody begins to listen.</summary>
    public Action? Grew { get; set; }

    /// <summary>The topics somebody of this process listens to.</summary>
    public IEnumerable<string> Topics => consumers.Keys.Select(key => key.Topic).Union(logs.Keys);

    public Signal Relay(string service) => relays.GetOrAdd(service, _ => new Signal());

    public void WakeRelay(string service) => Relay(service).Set();

    /// <summary>Set when anything was appended to a topic.</summary>
    public Signal Log(string topic)
    {
        var log = logs.GetOrAdd(topic, _ => new Signal());
        Grew?.Invoke();
        return log;
    }

    public void Listen(string topic, string type, Action wake)
    {
        var listeners = consumers.GetOrAdd((topic, type), _ => []);
        lock (listeners)
            listeners.Add(wake);
        Grew?.Invoke();
    }

    /// <summary>Hears what this process appends to a topic.</summary>
    public void Follow(string topic, Action<Appended> hear)
    {
        var all = followers.GetOrAdd(topic, _ => []);
        lock (all)
            all.Add(hear);
    }

    /// <summary>Hands over what a commit of this process appended. Wake follows: who is woken finds it.</summary>
    public void HandOver(string topic, Appended appended)
    {
        if (!followers.TryGetValue(topic, out var all))
            return;
        lock (all)
            foreach (var hear in all)
                hear(appended);
    }

    public void Wake(string topic, IEnumerable<string> types)
    {
        WakeHere(topic, types);
        Elsewhere?.Invoke(topic, types);
    }

    /// <summary>Wakes those of this process alone.</summary>
    public void WakeHere(string topic, IEnumerable<string> types)
    {
        if (logs.TryGetValue(topic, out var log))
            log.Set();
        foreach (var type in types)
        {
            if (!consumers.TryGetValue((topic, type), out var listeners))
                continue;
            lock (listeners)
                foreach (var wake in listeners)
                    wake();
        }
    }
}

/// <summary>One bit that one loop waits for.</summary>
internal sealed class Signal
{
    private readonly SemaphoreSlim bit = new(0, 1);
    private int set;
    private int soon;

    public void Set()
    {
        if (Interlocked.Exchange(ref set, 1) == 0)
            bit.Release();
    }

    /// <summary>Sets it after a while, once for all who ask meanwhile.</summary>
    public void SetWithin(TimeSpan delay)
    {
        if (Volatile.Read(ref set) == 0 && Interlocked.Exchange(ref soon, 1) == 0)
            _ = SetAfter(delay);
    }

    /// <summary>Waits until it is set or the time is over, and clears it.</summary>
    public async Task<bool> Wait(TimeSpan limit, CancellationToken ct)
    {
        var woken = await bit.WaitAsync(limit, ct);
        if (woken)
            Volatile.Write(ref set, 0);
        return woken;
    }

    private async Task SetAfter(TimeSpan delay)
    {
        await Task.Delay(delay);
        Volatile.Write(ref soon, 0);
        Set();
    }
}
