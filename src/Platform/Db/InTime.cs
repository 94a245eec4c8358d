using Npgsql;

namespace Souk.Platform.Db;

/// <summary>
/// Waits for the database no longer than a token allows. Npgsql, told to cancel, asks the server to by a connection of its own
/// and blocks the thread until the server has taken that (npgsql/npgsql#3277); while it opens a connection it does not look at
/// the token at all before the server has said whether it speaks TLS. A server that stands still does neither, and requests
/// would outlast their deadlines on threads that others need. So who has no time left goes on, and what was begun is
/// cancelled on a thread of its own, where it may block, and ends in its own time.
/// </summary>
internal static class InTime
{
    // The server ends a statement after three seconds. Who hears nothing for so long will not; below the limit of Npgsql,
    // which would cancel on a thread of the pool.
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(20);

    /// <summary>Runs work that lets go of all it uses when it ends.</summary>
    public static Task<T> Run<T>(Func<CancellationToken, Task<T>> work, CancellationToken ct) => Run(work, _ => { }, ct);

    /// <summary>The same; <paramref name="leave" /> is told what was left behind, whose connection nobody may touch before it ended.</summary>
    public static async Task<T> Run<T>(Func<CancellationToken, Task<T>> work, Action<Task> leave, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var own = new CancellationTokenSource();
        var begun = work(own.Token);
        try
        {
            return await begun.WaitAsync(Max, ct);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException && !begun.IsCompleted)
        {
            leave(Task.WhenAll(begun, Cancel(own)));
            if (e is TimeoutException)
                throw new NpgsqlException("The database did not answer.", e);
            throw;
        }
    }

    /// <summary>Runs work that goes on after that, as in a loop: what was cancelled is awaited.</summary>
    public static async Task<T> Finish<T>(Func<CancellationToken, Task<T>> work, CancellationToken ct)
    {
        Task? left = null;
        try
        {
            return await Run(work, behind => left = behind, ct);
        }
        catch when (left is not null)
        {
            await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>The same, for what has no result.</summary>
    public static Task Finish(Func<CancellationToken, Task> work, CancellationToken ct) => Finish(
        async own =>
        {
            await work(own);
            return true;
        },
        ct);

    private static Task Cancel(CancellationTokenSource source) => Task.Factory.StartNew(
        source.Cancel, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
