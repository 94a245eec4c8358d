using Souk.Platform.Jobs;

namespace Souk.Notifications.Jobs;

/// <summary>
/// Takes old mails out of the send log, old messages out of the inboxes, and orders out of what they may tell of. A few
/// thousand a run, so that it never shows, and every minute, so that it keeps up with what comes.
/// </summary>
internal sealed class ForgetMails(NotificationsDb db) : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private const int RowsMax = 5000;

    public Task Run(CancellationToken ct)
    {
        db.Run($"""
            delete from mails where id in (select id from mails where created_at < now() - interval '90 days' and status <> 'queued' limit {RowsMax})
            """);
        db.Run($"""
            delete from notifications
             where id in (select id from notifications where created_at < now() - interval '90 days' limit {RowsMax})
            """);
        // Returns and refunds may come late; after this nobody mails about the order any more.
        db.Run($"delete from orders where id in (select id from orders where at < now() - interval '400 days' limit {RowsMax})");
        db.Run($"delete from mailbox where id in (select id from mailbox where at < now() - interval '7 days' limit {RowsMax})");
        return Task.CompletedTask;
    }
}
