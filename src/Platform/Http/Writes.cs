using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Db;

namespace Souk.Platform.Http;

/// <summary>
/// Units of work outside a request's own: for routes <see cref="RouteNotes.WithoutTransaction{TBuilder}" /> and for workers.
/// Each has a scope, a database and a transaction of its own; what throws is rolled back.
/// </summary>
public sealed class Writes(IServiceScopeFactory scopes)
{
    /// <summary>Runs one unit of work and commits it.</summary>
    public async Task<T> Run<TDb, T>(Func<TDb, Task<T>> work, CancellationToken ct) where TDb : ServiceDb
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>();
        db.Work.Start();
        var result = await work(db);
        await db.Commit(null, ct);
        return result;
    }

    /// <summary>Runs one unit of work that answers nothing.</summary>
    public Task Run<TDb>(Func<TDb, Task> work, CancellationToken ct) where TDb : ServiceDb => Run<TDb, bool>(
        async db =>
        {
            await work(db);
            return true;
        },
        ct);
}
