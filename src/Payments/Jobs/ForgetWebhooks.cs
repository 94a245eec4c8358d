using Souk.Platform.Jobs;

namespace Souk.Payments.Jobs;

/// <summary>
/// Deletes webhooks that are older than 30 days, in bounded steps. None of them can come again: a signature is good for
/// minutes, and no gateway repeats one for so long.
/// </summary>
internal sealed class ForgetWebhooks(PaymentsDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    public Task Run(CancellationToken ct) =>
        db.DeleteInSteps("webhooks", "received_at < now() - interval '30 days'", ct);
}
