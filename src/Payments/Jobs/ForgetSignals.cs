using Souk.Platform.Jobs;

namespace Souk.Payments.Jobs;

/// <summary>Deletes what fraud rules look at when it is older than any rule may look back, in bounded steps.</summary>
internal sealed class ForgetSignals(PaymentsDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    public Task Run(CancellationToken ct) => db.DeleteInSteps("payment_signals", "at < now() - interval '31 days'", ct);
}
