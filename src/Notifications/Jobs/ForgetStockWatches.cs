using Souk.Platform.Jobs;

namespace Souk.Notifications.Jobs;

/// <summary>Forgets who waited for stock: 30 days after they were told, half a year after they asked. In bounded steps, so that it never shows.</summary>
internal sealed class ForgetStockWatches(NotificationsDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    public Task Run(CancellationToken ct) => db.DeleteInSteps(
        "stock_watches",
        """
        (created_at < now() - interval '180 days'
         or (created_at < now() - interval '30 days' and told_at < now() - interval '30 days'))
        """,
        ct);
}
