using Souk.Platform.Jobs;

namespace Souk.Notifications.Jobs;

/// <summary>Forgets who waited for stock: 30 days after they were told, half a year after they asked. A thousand a run, so that it never shows.</summary>
internal sealed class ForgetStockWatches(NotificationsDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private const int RowsMax = 1000;

    public Task Run(CancellationToken ct)
    {
        db.Run($"""
            delete from stock_watches where id in (
                select id from stock_watches
                 where created_at < now() - interval '180 days'
                    or (created_at < now() - interval '30 days' and told_at < now() - interval '30 days')
                 limit {RowsMax})
            """);
        return Task.CompletedTask;
    }
}
