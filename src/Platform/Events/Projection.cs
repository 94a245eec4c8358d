using Microsoft.Extensions.DependencyInjection;
using Souk.Contracts;
using Souk.Platform.Db;

namespace Souk.Platform.Events;

/// <summary>
/// A table in which a service keeps the newest state of another service's things, and the way to make it forget how new
/// what it keeps is: then it takes the present states again, whatever it held.
/// </summary>
/// <param name="Service">The service that keeps it.</param>
/// <param name="Table">Its table.</param>
/// <param name="Event">The name of the state event it is made of.</param>
/// <param name="Forget">Sets the versions of these keys back.</param>
public sealed record Projection(
    string Service, string Table, string Event, Func<IServiceScopeFactory, Guid[], CancellationToken, Task> Forget)
{
    internal static Projection Of<TDb, TEvent>(string service, string table, string key)
        where TDb : ServiceDb where TEvent : IStateEvent
    {
        // In the order of the keys, as handlers write: neither waits for the other crosswise.
        var forget = $"""
            update {table} set version = 0
             where {key} in (select {key} from {table} where {key} = any($1) order by {key} for update)
            """;
        return new(service, table, typeof(TEvent).Name, (scopes, keys, ct) => scopes.InTransaction<TDb>((db, _) =>
        {
            db.Run(forget, keys);
            return Task.CompletedTask;
        }, ct));
    }
}

/// <summary>The owner of a state event, who can publish the present states of all its things again.</summary>
/// <param name="Service">The service that owns them.</param>
/// <param name="Event">The name of the state event.</param>
/// <param name="Keys">The next keys after one, in their order: at most so many.</param>
/// <param name="Publish">Publishes the present states of these keys.</param>
public sealed record StateSource(
    string Service,
    string Event,
    Func<IServiceScopeFactory, Guid, int, CancellationToken, Task<Guid[]>> Keys,
    Func<IServiceScopeFactory, Guid[], CancellationToken, Task> Publish)
{
    internal static StateSource Of<TDb, TEvent>(
        string service, string table, string key, Func<TDb, Guid[], CancellationToken, Task<List<TEvent>>> states)
        where TDb : ServiceDb where TEvent : IStateEvent
    {
        var next = $"select {key} from {table} where {key} > $1 order by {key} limit $2";
        return new(
            service, typeof(TEvent).Name,
            (scopes, after, max, ct) => scopes.InTransaction<TDb, Guid[]>(
                async (db, _) => [.. await db.Query(next, row => row.GetGuid(0), ct, after, max)], ct),
            (scopes, keys, ct) => scopes.InTransaction<TDb>(async (db, _) =>
            {
                // Not locked: a newer state may get its place before this one, and then has the higher version.
                foreach (var state in await states(db, keys, ct))
                    db.Publish(state);
            }, ct));
    }
}
