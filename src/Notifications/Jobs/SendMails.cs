using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Souk.Notifications.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Mail;

namespace Souk.Notifications.Jobs;

/// <summary>
/// Sends what is due. A row is leased by moving its next try ahead, in a durable commit, so no two processes send it and a
/// process that dies leaves it to the others. A mail server that is down costs mails time, never an order.
/// </summary>
internal sealed class SendMails(
    Writes writes, IServiceScopeFactory scopes, SmtpMailer smtp, IHostEnvironment environment, IOptions<MailOptions> options, TimeProvider clock,
    ILogger<SendMails> logger) : IWorker
{
    private const int BatchMax = 10;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    public async Task<bool> Run(CancellationToken ct)
    {
        // Without a server mail waits; in Development it is shown instead.
        if (!smtp.IsConfigured && !environment.IsDevelopment())
            return false;
        var started = clock.GetTimestamp();
        var mails = await writes.Run<NotificationsDb, List<QueuedMail>>(db => Take(db, ct), ct);
        foreach (var mail in mails)
            await Send(mail, ct);
        // No faster than allowed, also where they come one by one: those who buy come first.
        var pause = TimeSpan.FromSeconds((double)mails.Count / options.Value.PerSecondMax) - clock.GetElapsedTime(started);
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, clock, ct);
        return mails.Count == BatchMax;
    }

    private static Task<List<QueuedMail>> Take(NotificationsDb db, CancellationToken ct) => db.Query($"""
        update mails set attempts = attempts + 1, next_try_at = now() + $1
         where id = any(array(select id from mails where status = 'queued' and next_try_at <= now()
                               order by next_try_at limit {BatchMax} for update skip locked))
        returning id, template, order_id, company_id, account_id, request_id, address, data::text, subject, body, attempts
        """,
        row => new QueuedMail(
            row.GetGuid(0), Text(row, 1), Id(row, 2), Id(row, 3), Id(row, 4), Id(row, 5), Text(row, 6), Text(row, 7), Text(row, 8), Text(row, 9),
            row.GetInt32(10)),
        ct, Lease);

    private async Task Send(QueuedMail mail, CancellationToken ct)
    {
        try
        {
            Letter letter;
            await using (var scope = scopes.CreateAsyncScope())
                letter = await scope.ServiceProvider.GetRequiredService<Letters>().Write(mail, ct);
            if (letter.Mail is not { } outgoing)
            {
                await Mark(mail.Id, "skipped", letter.SkippedBecause, ct);
                return;
            }
            if (smtp.IsConfigured)
                await smtp.Send(outgoing, ct);
            await Sent(outgoing, letter.TemplateVersion, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // Its text may hold an address: the log and the row get its kind, or what we wrote ourselves.
            var error = e is MailRefusedException or TimeoutException or InvalidOperationException ? e.Message : e.GetType().Name;
            var final = e is MailRefusedException or FormatException || mail.Attempts >= Retry.AttemptsMax;
            logger.LogWarning("Mail {Mail} ({Template}) was not sent, try {Attempt}: {Error}", mail.Id, mail.Template, mail.Attempts, error);
            await Mark(mail.Id, final ? "failed" : "queued", error.Length <= 300 ? error : error[..300], ct, Retry.After(mail.Attempts));
        }
    }

    private Task Sent(OutgoingMail mail, int? templateVersion, CancellationToken ct) => writes.Run<NotificationsDb>(db =>
    {
        // The address goes, what it looked like stays; bodies that staff wrote stay without what their links say.
        db.Run("""
            update mails set status = 'sent', sent_at = now(), recipient = $2, subject = $3, template_version = $4, address = null, data = null, error = null
             where id = $1
            """,
            mail.Id, string.Join(", ", mail.To.Select(to => Masks.Address(to.Email))), Masks.Links(mail.Subject),
            new NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer, Value = (object?)templateVersion ?? DBNull.Value });
        if (!smtp.IsConfigured)
            db.Run("""
                insert into mailbox (id, recipients, subject, text, html) values ($1, $2, $3, $4, $5) on conflict (id) do nothing
                """,
                mail.Id, string.Join(", ", mail.To.Select(to => to.Email)), mail.Subject, mail.Text, Pg.Text(mail.Html));
        return Task.CompletedTask;
    }, ct);

    private Task Mark(Guid id, string status, string? error, CancellationToken ct, TimeSpan? again = null) => writes.Run<NotificationsDb>(db =>
    {
        db.Run("update mails set status = $2, error = $3, next_try_at = now() + $4 where id = $1", id, status, Pg.Text(error), again ?? TimeSpan.Zero);
        return Task.CompletedTask;
    }, ct);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Guid? Id(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);
}
