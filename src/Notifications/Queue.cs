using System.Text.Json;
using Npgsql;
using Souk.Notifications.Domain;
using Souk.Notifications.Jobs;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Jobs;

namespace Souk.Notifications;

/// <summary>
/// Puts mails into the queue, and what they tell into the inboxes of whom it concerns, in the transaction of what happened.
/// </summary>
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
            Pg.Uuids([.. mails.Select(mail => mail.RequestId)]), Facts(mails),
            Pg.Uuids([.. mails.Select(mail => mail.AccountId)]));
        Tell([.. mails.Where(mail => Kinds.Of(null, mail.Template).Name != Kinds.Account)]);
        db.AfterCommit(wakes.Now);
    }

    // The buyer of an order is found by the order, which may be of this very transaction; a guest has no inbox.
    private void Tell(List<NewMail> mails)
    {
        if (mails.Count > 0)
            db.Run("""
                insert into notifications (id, inbox_id, kind, template, order_id, facts)
                select m.id, coalesce(m.inbox_id, o.account_id), m.kind, m.template, m.order_id, m.facts
                  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[])
                       as m(id, inbox_id, kind, template, order_id, facts)
                  left join orders o on m.inbox_id is null and o.id = m.order_id
                 where coalesce(m.inbox_id, o.account_id) is not null
                """,
                mails.Select(mail => mail.Id).ToArray(),
                Pg.Uuids([.. mails.Select(mail => mail.CompanyId ?? mail.AccountId)]),
                mails.Select(mail => Kinds.Of(null, mail.Template).Name).ToArray(),
                mails.Select(mail => mail.Template).ToArray(), Pg.Uuids([.. mails.Select(mail => mail.OrderId)]),
                Facts(mails));
    }

    private static NpgsqlParameter Facts(IReadOnlyCollection<NewMail> mails) =>
        Pg.Jsonb([.. mails.Select(mail => mail.Facts)
            .Select(facts => facts is null ? null : JsonSerializer.Serialize(facts, Json.Events))]);
}
