using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Souk.Platform.Db;

/// <summary>
/// Lets EF Core use the connection and the transaction of the <see cref="Work" />: when EF wants to open it, the work opens
/// and begins; EF never closes it; and what was gathered is sent before EF's own command, so that it sees it.
/// </summary>
internal sealed class WorkInterceptor : DbCommandInterceptor, IDbConnectionInterceptor
{
    public static readonly WorkInterceptor Instance = new();

    public async ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is not ServiceDb db)
            return result;
        if (db.Work.Active)
            await db.Work.Flush(cancellationToken);
        else
            await db.Work.Do(connection.OpenAsync, cancellationToken);
        return InterceptionResult.Suppress();
    }

    public ValueTask<InterceptionResult> ConnectionClosingAsync(DbConnection connection, ConnectionEventData eventData, InterceptionResult result) =>
        new(ConnectionClosing(connection, eventData, result));

    public InterceptionResult ConnectionClosing(DbConnection connection, ConnectionEventData eventData, InterceptionResult result) =>
        eventData.Context is ServiceDb { Work: { Active: true } or { HasLeft: true } } ? InterceptionResult.Suppress() : result;

    // What was left behind still uses it.
    public ValueTask<InterceptionResult> ConnectionDisposingAsync(DbConnection connection, ConnectionEventData eventData, InterceptionResult result)
    {
        if (eventData.Context is not ServiceDb { Work: { HasLeft: true } work })
            return new(result);
        _ = work.Close(connection);
        return new(InterceptionResult.Suppress());
    }

    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default) =>
        eventData.Context is ServiceDb db
            ? InterceptionResult<DbDataReader>.SuppressWithResult(await Execute(db, command.ExecuteReaderAsync, cancellationToken))
            : result;

    public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
        eventData.Context is ServiceDb db
            ? InterceptionResult<int>.SuppressWithResult(await Execute(db, command.ExecuteNonQueryAsync, cancellationToken))
            : result;

    public override async ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default) =>
        eventData.Context is ServiceDb db
            ? InterceptionResult<object>.SuppressWithResult((await Execute(db, command.ExecuteScalarAsync, cancellationToken))!)
            : result;

    private static async Task<T> Execute<T>(ServiceDb db, Func<CancellationToken, Task<T>> execute, CancellationToken ct)
    {
        if (db.Work.Active)
            await db.Work.Flush(ct);
        return await db.Work.Do(execute, ct);
    }
}
