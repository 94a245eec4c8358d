using System.Collections.Concurrent;

namespace Souk.Catalog.Reads;

/// <summary>
/// Ready-made answers in this process, bounded in bytes. An answer is kept only when nothing about its key was forgotten since
/// its reading began: what was read before a change and arrives after it is answered once and not kept.
/// </summary>
/// <param name="bytesMax">About how much memory the answers may take.</param>
/// <param name="ageMax">An older one is read anew.</param>
/// <param name="clock">Tells the age.</param>
internal sealed class ByteCache<TKey>(long bytesMax, TimeSpan ageMax, TimeProvider clock) where TKey : notnull
{
    private const int Stripes = 1024;
    private readonly ConcurrentDictionary<TKey, Entry> entries = new();
    private readonly ConcurrentDictionary<TKey, Loading> loading = new();
    private readonly ConcurrentQueue<(TKey Key, Entry Entry)> order = new();
    private readonly long[] forgotten = new long[Stripes];
    private readonly Lock gate = new();
    private long bytes;
    private long allForgotten;

    /// <summary>How many answers wait to be looked at, those that were forgotten meanwhile among them.</summary>
    public int Queued => order.Count;

    /// <summary>The answer, when there is a fresh one.</summary>
    public ReadyAnswer? Find(TKey key)
    {
        if (!entries.TryGetValue(key, out var entry) || clock.GetElapsedTime(entry.Answer.MadeAt) > ageMax)
            return null;
        entry.Used = true;
        return entry.Answer;
    }

    /// <summary>The answer, read once for all who ask meanwhile. Null when there is none; that is not kept.</summary>
    /// <param name="key">What it is about.</param>
    /// <param name="read">Goes on for the others when the one who asked first has no time left.</param>
    /// <param name="ct">How long this one waits.</param>
    public async Task<ReadyAnswer?> FindOrRead(TKey key, Func<TKey, Task<ReadyAnswer?>> read, CancellationToken ct = default)
    {
        if (Find(key) is { } found)
            return found;
        var stamp = Stamp(key);
        // Who comes after a change does not wait for a reading that began before it.
        if (!loading.TryGetValue(key, out var running) || running.Stamp != stamp)
        {
            loading[key] = running = new Loading(stamp);
            _ = Read(key, read, running);
        }
        return await running.Task.WaitAsync(ct);
    }

    /// <summary>Something about the key changed.</summary>
    public void Forget(TKey key)
    {
        lock (gate)
        {
            forgotten[Stripe(key)]++;
            if (entries.TryRemove(key, out var entry))
                bytes -= entry.Answer.Size;
        }
    }

    /// <summary>Something about all of them changed.</summary>
    public void ForgetAll()
    {
        lock (gate)
        {
            allForgotten++;
            entries.Clear();
            order.Clear();
            bytes = 0;
        }
    }

    private async Task Read(TKey key, Func<TKey, Task<ReadyAnswer?>> read, Loading mine)
    {
        try
        {
            var answer = await read(key);
            if (answer is not null)
                Keep(key, answer, mine.Stamp);
            mine.Done.SetResult(answer);
        }
        catch (Exception e)
        {
            mine.Done.SetException(e);
            // Seen here even if nobody waited for it.
            _ = mine.Task.Exception;
        }
        finally
        {
            loading.TryRemove(KeyValuePair.Create(key, mine));
        }
    }

    private long Stamp(TKey key)
    {
        lock (gate)
            return allForgotten + forgotten[Stripe(key)];
    }

    private void Keep(TKey key, ReadyAnswer answer, long stamp)
    {
        lock (gate)
        {
            if (allForgotten + forgotten[Stripe(key)] != stamp || answer.Size > bytesMax / 8)
                return;
            var entry = new Entry(answer);
            if (entries.TryGetValue(key, out var old))
                bytes -= old.Answer.Size;
            entries[key] = entry;
            bytes += answer.Size;
            order.Enqueue((key, entry));
            MakeRoom();
        }
    }

    // Second chance: the oldest goes unless it was used since it was last looked at. Two are looked at for each one added even
    // when there is room, so that the queue does not grow with answers that were forgotten or replaced.
    private void MakeRoom()
    {
        for (var looked = 0; looked < 2 || bytes > bytesMax; looked++)
        {
            if (!order.TryDequeue(out var oldest))
                return;
            if (!entries.TryGetValue(oldest.Key, out var current) || current != oldest.Entry)
                continue;
            if (clock.GetElapsedTime(current.Answer.MadeAt) <= ageMax && (bytes <= bytesMax || current.Used))
            {
                current.Used = false;
                order.Enqueue(oldest);
                continue;
            }
            entries.TryRemove(oldest.Key, out _);
            bytes -= current.Answer.Size;
        }
    }

    private static int Stripe(TKey key) => (key.GetHashCode() & int.MaxValue) % Stripes;

    private sealed class Entry(ReadyAnswer answer)
    {
        public ReadyAnswer Answer { get; } = answer;
        public bool Used { get; set; }
    }

    private sealed class Loading(long stamp)
    {
        public long Stamp { get; } = stamp;
        public TaskCompletionSource<ReadyAnswer?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Task<ReadyAnswer?> Task => Done.Task;
    }
}
