using Souk.Platform.Db;

namespace Souk.Platform.Jobs;

/// <summary>
/// Keeps the platform's tables of a service from growing: partitions of the log are made ahead and dropped after 7 days,
/// inbox and idempotency rows are deleted after 8 and 7 days. Deletes in bounded steps.
/// </summary>
internal sealed class Maintenance<TDb>(TDb db) : IJob where TDb : ServiceDb
{
    private const int StepMax = 5000;
    private const int StepsMax = 40;

    public async Task Run(CancellationToken ct)
    {
        await db.Query("select make_log_partitions(3)", _ => 0, ct);
        await db.Query("select drop_log_partitions(interval '7 days')", row => row.GetInt32(0), ct);
        // One day longer than the log: what may still be read again must still be known.
        await DeleteOld("delete from inbox where id in (select id from inbox where at < now() - interval '8 days' limit $1)", ct);
        await DeleteOld("""
            delete from idempotency where (principal, route, key) in
                (select principal, route, key from idempotency where created_at < now() - interval '7 days' limit $1)
            """, ct);
    }

    private async Task DeleteOld(string sql, CancellationToken ct)
    {
        for (var step = 0; step < StepsMax; step++)
            if (await db.Execute(sql, ct, StepMax) < StepMax)
                return;
    }
}
