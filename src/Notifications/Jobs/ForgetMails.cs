using Souk.Platform.Jobs;

namespace Souk.Notifications.Jobs;

/// <summary>Takes old mails out of the send log, and orders out of what mails may tell of. A thousand a run, so that it never shows.</summary>
internal sealed class ForgetMails(NotificationsDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private const int RowsMax = 1000;

    public Task Run(CancellationToken ct)
    {
        db.Run($"""
            delete from mails where id in (select id from mails where created_at < now() - interval '90 days' and status <> 'queued' limit {RowsMax})
            """);
        // Returns and refunds may come late; after this nobody mails about the order any more.
        db.Run($"delete from orders where id in (select id from orders where at < now() - interval '400 days' limit {RowsMax})");
        db.Run($"delete from mailbox where id in (select id from mailbox where at < now() - interval '7 days' limit {RowsMax})");
        return Task.CompletedTask;
    }
}
