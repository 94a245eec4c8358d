using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Souk.Contracts.Identity;
using Souk.Notifications.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Mail;

namespace Souk.Notifications.Jobs;

/// <summary>
/// Sends what is due, a few at a time. A row is leased by moving its next try ahead, in a durable commit, so no two processes
/// send it and a process that dies leaves it to the others. A mail server that is down costs mails time, never an order.
/// </summary>
internal sealed class SendMails(
    Writes writes, IServiceScopeFactory scopes, SmtpMailer smtp, IHostEnvironment environment,
    IOptions<MailOptions> options, TimeProvider clock, ILogger<SendMails> logger) : IWorker
{
    private const int BatchMax = 10;

    // Beside the mail server's own time: for asking who gets it, and for waiting behind others.
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromSeconds(15);

    /// <summary>How long a mail is left to the process that took it.</summary>
    public static TimeSpan Lease(MailOptions options) => options.Timeout + LeaseMargin;

    public async Task<bool> Run(CancellationToken ct)
    {
        // Without a server mail waits; in Development it is shown instead.
        if (!smtp.IsConfigured && !environment.IsDevelopment())
            return false;
        var started = clock.GetTimestamp();
        var mails = await writes.Run<NotificationsDb, List<QueuedMail>>(db => Take(db, ct), ct);
        // Side by side, so that a slow server does not outlast the lease. A mail on its way is finished also when the
        // process is asked to end: it may have arrived, and would be sent twice.
        var sending = mails.ConvertAll(Send);
        while (sending.Count > 0)
        {
            await Task.WhenAny(sending);
            // What ended while the last were marked is marked in one commit.
            var ended = sending.FindAll(mail => mail.IsCompleted);
            sending.RemoveAll(ended.Contains);
            await Mark(await Task.WhenAll(ended));
        }
        // No faster than allowed, also where they come one by one: those who buy come first.
        var pause = TimeSpan.FromSeconds((double)mails.Count / options.Value.PerSecondMax) - clock.GetElapsedTime(started);
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, clock, ct);
        return mails.Count == BatchMax;
    }

    private Task<List<QueuedMail>> Take(NotificationsDb db, CancellationToken ct) => db.Query($"""
        update mails set attempts = attempts + 1, next_try_at = now() + $1
         where id = any(array(select id from mails where status = 'queued' and next_try_at <= now()
                               order by next_try_at limit {BatchMax} for update skip locked))
        returning id, template, order_id, company_id, account_id, request_id, address, data::text, subject, body,
                  kind, attempts
        """,
        row => new QueuedMail(
            row.GetGuid(0), Text(row, 1), Id(row, 2), Id(row, 3), Id(row, 4), Id(row, 5), Text(row, 6), Text(row, 7),
            Text(row, 8), Text(row, 9), Text(row, 10), row.GetInt32(11)),
        ct, Lease(options.Value));

    private async Task<MailOutcome> Send(QueuedMail mail)
    {
        Letter? letter = null;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            if (mail is { CompanyId: { } company, AccountId: null })
            {
                var members = await scope.ServiceProvider.GetRequiredService<IIdentityApi>().Members(
                    company, Kinds.Of(mail.Kind, mail.Template).SeenWith, CancellationToken.None);
                if (members.Count > 0)
                    mail = await Share(mail, [.. members.Select(member => member.AccountId!.Value)]);
            }
            letter = await scope.ServiceProvider.GetRequiredService<Letters>().Write(mail, CancellationToken.None);
            if (letter.Mail is not { } outgoing)
                return new(mail, letter.Status!, letter.Because, letter);
            if (smtp.IsConfigured)
                await smtp.Send(outgoing, CancellationToken.None);
            return new(mail, "sent", null, letter);
        }
        catch (Exception e)
        {
            // Its text may hold an address: the log and the row get its kind, or what we wrote ourselves.
            var error = e is MailRefusedException or TimeoutException or InvalidOperationException or NotSupportedException
                ? e.Message : e.GetType().Name;
            var final = e is MailRefusedException or FormatException || mail.Attempts >= Retry.AttemptsMax;
            logger.LogWarning("Mail {Mail} ({Template}) was not sent, try {Attempt}: {Error}", mail.Id, mail.Template, mail.Attempts, error);
            var status = e is MailRefusedException { IsOfTheAddress: true } ? "bounced" : final ? "failed" : "queued";
            return new(mail, status, error.Length <= 300 ? error : error[..300], letter);
        }
    }

    // What a company gets is a mail to each of its members: from here on this one is the first one's, and the others
    // have their own.
    private Task<QueuedMail> Share(QueuedMail mail, Guid[] members) =>
        writes.Run<NotificationsDb, QueuedMail>(async db =>
        {
            var isOurs = await db.Query("""
                with first as (
                    update mails set account_id = $3 where id = $1 and attempts = $2 and account_id is null
                    returning template, order_id, company_id, data),
                others as (
                    insert into mails (id, template, order_id, company_id, data, account_id)
                    select o.id, f.template, f.order_id, f.company_id, f.data, o.account_id
                      from first f cross join unnest($4::uuid[], $5::uuid[]) as o(id, account_id))
                select 1 from first
                """,
                _ => true, CancellationToken.None, mail.Id, mail.Attempts, members[0],
                members[1..].Select(_ => Guid.CreateVersion7()).ToArray(), members[1..]);
            return isOurs.Count == 1
                ? mail with { AccountId = members[0] }
                : throw new InvalidOperationException("Another process has taken it.");
        }, CancellationToken.None);

    private Task Mark(MailOutcome[] outcomes) => writes.Run<NotificationsDb>(db =>
    {
        // The address goes with the mail, what it looked like stays; so do bodies that staff wrote, shown without what
        // their links say. The status comes as a parameter, or a plan made while the table was small would walk the whole
        // queue, for which there is an index, to find these ten; and the ids come twice, or it would walk all mails for a
        // hash join.
        db.Run("""
            update mails m set status = o.status, error = o.error, next_try_at = now() + o.again,
                   recipient = coalesce(o.recipient, m.recipient), subject = coalesce(o.subject, m.subject),
                   template_version = o.template_version, address_key = coalesce(o.address_key, m.address_key),
                   sent_at = case when o.status = 'sent' then now() end,
                   address = case when o.status <> 'sent' then coalesce(o.address, m.address) end,
                   data = case when o.status <> 'sent' then m.data end
              from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::interval[], $6::text[], $7::text[],
                  $8::int[], $9::uuid[], $10::text[])
                   as o(id, attempts, status, error, again, recipient, subject, template_version, address_key, address)
             where m.id = any($1) and m.id = o.id and m.attempts = o.attempts and m.status = $11
            """,
            outcomes.Select(one => one.Taken.Id).ToArray(), outcomes.Select(one => one.Taken.Attempts).ToArray(),
            outcomes.Select(one => one.Status).ToArray(), Pg.Texts([.. outcomes.Select(one => one.Error)]),
            outcomes.Select(one => one.Status == "queued" ? Retry.After(one.Taken.Attempts) : TimeSpan.Zero).ToArray(),
            Pg.Texts([.. outcomes.Select(one => one.Recipient)]),
            Pg.Texts([.. outcomes.Select(one => one.Sent is { } sent ? Masks.Links(sent.Subject) : null)]),
            outcomes.Select(one => one.Sent is null ? null : one.Letter!.TemplateVersion).ToArray(),
            Pg.Uuids([.. outcomes.Select(one => one.Letter?.AddressKey)]),
            Pg.Texts([.. outcomes.Select(one => one.KeptAddress)]), "queued");
        foreach (var bounced in outcomes.Where(one => one is { Status: "bounced", Letter.AddressKey: not null }))
            db.Suppress(
                bounced.Letter!.AddressKey!.Value, bounced.Recipient!, "bounce", bounced.Error, bounced.Taken.Id);
        if (!smtp.IsConfigured)
            Show(db, [.. outcomes.Select(one => one.Sent).OfType<OutgoingMail>()]);
        return Task.CompletedTask;
    }, CancellationToken.None);

    private static void Show(NotificationsDb db, OutgoingMail[] mails) => db.Run("""
        insert into mailbox (id, recipients, subject, text, html)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) on conflict (id) do nothing
        """,
        mails.Select(mail => mail.Id).ToArray(), mails.Select(mail => mail.To.Email).ToArray(),
        mails.Select(mail => mail.Subject).ToArray(), mails.Select(mail => mail.Text).ToArray(),
        Pg.Texts([.. mails.Select(mail => mail.Html)]));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Guid? Id(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);
}
