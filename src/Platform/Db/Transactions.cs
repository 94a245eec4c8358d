using Microsoft.Extensions.DependencyInjection;

namespace Souk.Platform.Db;

/// <summary>Transactions outside requests and event handlers: for workers.</summary>
public static class TransactionExtensions
{
    /// <summary>
    /// Runs <paramref name="work" /> in a scope and a transaction of its own, and commits durably what it changed and
    /// published when it returns. What it publishes is in the log at once.
    /// </summary>
    /// <typeparam name="TDb">The service's database.</typeparam>
    public static Task InTransaction<TDb>(this IServiceScopeFactory scopes, Func<TDb, IServiceProvider, Task> work, CancellationToken ct) where TDb : ServiceDb =>
        scopes.InTransaction<TDb, bool>(async (db, scope) =>
        {
            await work(db, scope);
            return true;
        }, ct);

    /// <summary>The same, with a result that is answered after the commit.</summary>
    /// <typeparam name="TDb">The service's database.</typeparam>
    /// <typeparam name="T">What the work answers.</typeparam>
    public static async Task<T> InTransaction<TDb, T>(this IServiceScopeFactory scopes, Func<TDb, IServiceProvider, Task<T>> work, CancellationToken ct)
        where TDb : ServiceDb
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>();
        db.Work.Start();
        var result = await work(db, scope.ServiceProvider);
        await db.CommitBatch(ct);
        return result;
    }
}
