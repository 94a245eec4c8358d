using System.Diagnostics;

namespace Souk.IntegrationTests;

/// <summary>Waiting for what other services do in their own time. Imported in every file of this project.</summary>
public static class Eventual
{
    private static readonly TimeSpan LimitDefault = TimeSpan.FromSeconds(60);

    /// <summary>Repeats the check until it no longer throws; after the limit its last exception is the test's.</summary>
    /// <param name="check">Asserts what must become true.</param>
    /// <param name="limit">60 seconds by default.</param>
    public static async Task Eventually(Func<Task> check, TimeSpan? limit = null)
    {
        var started = Stopwatch.GetTimestamp();
        for (var pause = 10; ; pause = Math.Min(pause * 2, 200))
        {
            try
            {
                await check();
                return;
            }
            catch (Exception e) when (IsPatient(e) && Stopwatch.GetElapsedTime(started) < (limit ?? LimitDefault))
            {
                await Task.Delay(pause, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>Repeats until there is an answer that is not null.</summary>
    public static async Task<T> Eventually<T>(Func<Task<T?>> find, TimeSpan? limit = null) where T : class
    {
        T? found = null;
        await Eventually(async () => Assert.NotNull(found = await find()), limit);
        return found!;
    }

    // A skip and the end of the run are no reasons to try again.
    private static bool IsPatient(Exception e) =>
        e is not OperationCanceledException && !e.Message.StartsWith("$XunitDynamicSkip$", StringComparison.Ordinal);
}
