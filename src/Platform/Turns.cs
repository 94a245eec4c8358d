using Npgsql;

namespace Souk.Platform;

/// <summary>
/// So many ask the database for something at a time; whoever comes then waits, first come, first served. From how long turns
/// lasted lately follows how long somebody who came now would wait: who would wait too long can be refused at once, and need not
/// find it out.
/// </summary>
public sealed class Turns
{
    // A turn counts for this part of the mean, which begins with nothing: a start is no crowd, however slow it is.
    private const int Weight = 16;

    // So few are no crowd: they are served soon, or the machine stood still for a moment.
    private const int FewMax = 32;

    // Nobody waits longer, whatever was expected; as long as for a connection of the pool.
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(5);

    private readonly int count;
    private readonly TimeSpan expectedMax;
    private readonly TimeProvider clock;
    private readonly SemaphoreSlim free;
    private int waiting;
    private long mean;

    /// <summary>All of them are free.</summary>
    /// <param name="count">How many there are at a time.</param>
    /// <param name="expectedMax">Where who comes would wait longer it is crowded, unless few wait.</param>
    /// <param name="clock">Measures how long each lasts.</param>
    public Turns(int count, TimeSpan expectedMax, TimeProvider clock)
    {
        (this.count, this.expectedMax, this.clock) = (count, expectedMax, clock);
        free = new SemaphoreSlim(count);
    }

    /// <summary>Whether to refuse who comes now. Work that was taken before goes on: it takes its turn, also from a crowd.</summary>
    public bool IsCrowded => Volatile.Read(ref waiting) >= FewMax && ExpectedWait > expectedMax;

    /// <summary>How long who comes now will wait, as far as that is known.</summary>
    public TimeSpan ExpectedWait => free.CurrentCount > 0
        ? TimeSpan.Zero
        : TimeSpan.FromTicks(Volatile.Read(ref mean) * (Volatile.Read(ref waiting) + 1) / count);

    /// <summary>Waits for a turn, which lasts until it is disposed.</summary>
    /// <exception cref="NpgsqlException">It took too long, as it may for a connection of the pool.</exception>
    public async ValueTask<Turn> Take(CancellationToken ct)
    {
        Interlocked.Increment(ref waiting);
        try
        {
            if (!await free.WaitAsync(Max, ct))
                throw new NpgsqlException("Too many waited for the database.", new TimeoutException());
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
        return new Turn(this, clock.GetTimestamp());
    }

    private void End(long began)
    {
        // Of two that end at once one may not count; it is a mean.
        var before = Volatile.Read(ref mean);
        Volatile.Write(ref mean, before + ((clock.GetElapsedTime(began).Ticks - before) / Weight));
        free.Release();
    }

    /// <summary>One of the turns.</summary>
    public sealed class Turn : IDisposable
    {
        private readonly Turns turns;
        private readonly long began;

        internal Turn(Turns turns, long began) => (this.turns, this.began) = (turns, began);

        /// <summary>Ends it; once.</summary>
        public void Dispose() => turns.End(began);
    }
}
