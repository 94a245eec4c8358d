using Souk.Platform.Jobs;

namespace Souk.Payments.Jobs;

/// <summary>Deletes what fraud rules look at when it is older than any rule may look back, in bounded steps.</summary>
internal sealed class ForgetSignals(PaymentsDb db) : IJob
{
    private const int StepMax = 5000;
    private const int StepsMax = 20;

    public async Task Run(CancellationToken ct)
    {
        for (var step = 0; step < StepsMax; step++)
            if (await db.Execute("""
                delete from payment_signals where payment_id in
                    (select payment_id from payment_signals where at < now() - interval '31 days' limit $1)
                """, ct, StepMax) < StepMax)
                return;
    }
}
