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
        if (eventData.Context is not ServiceDb { Work.Active: true } db)
            return result;
        await db.Work.Flush(cancellationToken);
        return InterceptionResult.Suppress();
    }

    public ValueTask<InterceptionResult> ConnectionClosingAsync(DbConnection connection, ConnectionEventData eventData, InterceptionResult result) =>
        new(ConnectionClosing(connection, eventData, result));

    public InterceptionResult ConnectionClosing(DbConnection connection, ConnectionEventData eventData, InterceptionResult result) =>
        eventData.Context is ServiceDb { Work.Active: true } ? InterceptionResult.Suppress() : result;

    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        await Flush(eventData, cancellationToken);
        return result;
    }

    public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        await Flush(eventData, cancellationToken);
        return result;
    }

    public override async ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default)
    {
        await Flush(eventData, cancellationToken);
        return result;
    }

    private static Task Flush(CommandEventData eventData, CancellationToken ct) =>
        eventData.Context is ServiceDb { Work.Active: true } db ? db.Work.Flush(ct) : Task.CompletedTask;
}
