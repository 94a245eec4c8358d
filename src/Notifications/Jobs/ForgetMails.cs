using Souk.Platform.Jobs;

namespace Souk.Notifications.Jobs;

/// <summary>
/// Takes old mails out of the send log, old messages out of the inboxes, and orders out of what they may tell of. In bounded
/// steps, so that it never shows, and every minute, so that it keeps up with what comes.
/// </summary>
internal sealed class ForgetMails(NotificationsDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    public async Task Run(CancellationToken ct)
    {
        await db.DeleteInSteps("mails", "created_at < now() - interval '90 days' and status <> 'queued'", ct);
        await db.DeleteInSteps("notifications", "created_at < now() - interval '90 days'", ct);
        // Returns and refunds may come late; after this nobody mails about the order any more.
        await db.DeleteInSteps("orders", "at < now() - interval '400 days'", ct);
        await db.DeleteInSteps("mailbox", "at < now() - interval '7 days'", ct);
    }
}
