using System.Collections.Concurrent;

namespace Souk.Platform;

/// <summary>
/// A bounded cache of two generations: when the young one is full it becomes the old one, and what is used of the old one
/// moves up. Never more than twice the size, no bookkeeping per read.
/// </summary>
/// <param name="size">Entries of a generation.</param>
public sealed class Recent<TKey, TValue>(int size) where TKey : notnull
{
    private volatile ConcurrentDictionary<TKey, TValue> young = new();
    private volatile ConcurrentDictionary<TKey, TValue> old = new();
    private int count;

    /// <summary>What is kept under the key; false when it is not known, or not any more.</summary>
    public bool TryGet(TKey key, out TValue value)
    {
        if (young.TryGetValue(key, out value!))
            return true;
        if (!old.TryGetValue(key, out value!))
            return false;
        Set(key, value);
        return true;
    }

    /// <summary>Keeps a value, in place of the one that was there.</summary>
    public void Set(TKey key, TValue value)
    {
        var target = young;
        if (!target.TryAdd(key, value))
        {
            target[key] = value;
            return;
        }
        // Counted here because the dictionary's own count takes all its locks.
        if (Interlocked.Increment(ref count) == size)
        {
            old = target;
            young = new ConcurrentDictionary<TKey, TValue>();
            Interlocked.Exchange(ref count, 0);
        }
    }
}
