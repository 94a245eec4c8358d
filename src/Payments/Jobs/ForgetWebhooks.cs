using Souk.Platform.Jobs;

namespace Souk.Payments.Jobs;

/// <summary>
/// Deletes webhooks that are older than 30 days, in bounded steps. None of them can come again: a signature is good for
/// minutes, and no gateway repeats one for so long.
/// </summary>
internal sealed class ForgetWebhooks(PaymentsDb db) : IJob
{
    private const int StepMax = 5000;
    private const int StepsMax = 20;

    public async Task Run(CancellationToken ct)
    {
        for (var step = 0; step < StepsMax; step++)
            if (await db.Execute("""
                delete from webhooks where (gateway, id) in
                    (select gateway, id from webhooks where received_at < now() - interval '30 days' limit $1)
                """, ct, StepMax) < StepMax)
                return;
    }
}
