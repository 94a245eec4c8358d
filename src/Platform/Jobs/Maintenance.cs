using Souk.Platform.Db;

namespace Souk.Platform.Jobs;

/// <summary>
/// Keeps the platform's tables of a service from growing: partitions of the log are made ahead and dropped after 7 days,
/// inbox and idempotency rows are deleted after 8 and 7 days. Deletes in bounded steps.
/// </summary>
internal sealed class Maintenance<TDb>(TDb db) : IJob where TDb : ServiceDb
{
    public async Task Run(CancellationToken ct)
    {
        await db.Query("select make_log_partitions(3)", _ => 0, ct);
        await db.Query("select drop_log_partitions(interval '7 days')", row => row.GetInt32(0), ct);
        // One day longer than the log: what may still be read again must still be known.
        await db.DeleteInSteps("inbox", "at < now() - interval '8 days'", ct);
        await db.DeleteInSteps("idempotency", "created_at < now() - interval '7 days'", ct);
    }
}
