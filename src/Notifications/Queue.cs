using System.Text.Json;
using Souk.Notifications.Domain;
using Souk.Notifications.Jobs;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Jobs;

namespace Souk.Notifications;

/// <summary>Puts mails into the queue, in the transaction of what they tell.</summary>
internal sealed class Queue(NotificationsDb db, Wakes<SendMails> wakes)
{
    public void Add(IReadOnlyCollection<NewMail> mails)
    {
        if (mails.Count == 0)
            return;
        db.Run("""
            insert into mails (id, template, order_id, company_id, request_id, data, account_id)
            select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::jsonb[], $7::uuid[])
            """,
            mails.Select(mail => mail.Id).ToArray(), mails.Select(mail => mail.Template).ToArray(),
            Pg.Uuids([.. mails.Select(mail => mail.OrderId)]), Pg.Uuids([.. mails.Select(mail => mail.CompanyId)]),
            Pg.Uuids([.. mails.Select(mail => mail.RequestId)]),
            Pg.Jsonb([.. mails.Select(mail => mail.Facts is { } facts ? JsonSerializer.Serialize(facts, Json.Events) : null)]),
            Pg.Uuids([.. mails.Select(mail => mail.AccountId)]));
        db.AfterCommit(wakes.Now);
    }
}
