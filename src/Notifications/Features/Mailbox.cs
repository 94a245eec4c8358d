using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// Shows the mails that would have gone out, as they were made: in Development, when no mail server is configured. Open to
/// everybody who reaches the machine, so it exists nowhere else.
/// </summary>
internal static class Mailbox
{
    private const int MailsMax = 100;
    private const string Html = "text/html; charset=utf-8";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/mailbox", List).AllowGuests().ExcludeFromDescription();
        routes.MapGet("/mailbox/{id:guid}", One).AllowGuests().ExcludeFromDescription();
        routes.MapGet("/mailbox/{id:guid}/html", Body).AllowGuests().ExcludeFromDescription();
        routes.MapGet("/mailbox.json", AsJson).AllowGuests().ExcludeFromDescription();
    }

    private static async Task<ContentHttpResult> List([StringLength(254)] string? to, NotificationsDb db, HttpContext http, CancellationToken ct)
    {
        var mails = await Find(db, to, id: null, ct);
        var page = new StringBuilder();
        page.Append($"""
            <form><input name="to" value="{Encode(to)}" placeholder="recipient" aria-label="recipient"><button>Filter</button></form>
            """);
        if (mails.Count == 0)
            page.Append(string.IsNullOrWhiteSpace(to)
                ? "<p class=none>No mail yet.</p>"
                : $"<p class=none>No mail to {Encode(to)}. <a href=\"/mailbox\">Show all</a></p>");
        else
            page.Append("<ul>");
        foreach (var mail in mails)
            page.Append($"""
                <li><a href="/mailbox/{mail.Id}"><strong>{Encode(mail.Subject)}</strong><span>{Encode(mail.To)}</span><time>{mail.At:HH:mm:ss}</time></a></li>
                """);
        if (mails.Count > 0)
            page.Append("</ul>");
        return Page(http, "Mailbox", page.ToString());
    }

    private static async Task<ContentHttpResult> One(Guid id, NotificationsDb db, HttpContext http, CancellationToken ct)
    {
        var mail = await Find(db, to: null, id, ct) is [var found] ? found : throw RuleException.NotFound();
        return Page(http, mail.Subject, $"""
            <p><a href="/mailbox">&larr; Mailbox</a></p>
            <h2>{Encode(mail.Subject)}</h2>
            <p class=meta>To {Encode(mail.To)} at {mail.At:yyyy-MM-dd HH:mm:ss} UTC</p>
            {(mail.Html is null ? "" : $"<iframe src=\"/mailbox/{id}/html\" title=\"HTML\" sandbox></iframe>")}
            <h3>Plain text</h3>
            <pre>{Encode(mail.Text)}</pre>
            """);
    }

    private static async Task<ContentHttpResult> Body(Guid id, NotificationsDb db, HttpContext http, CancellationToken ct)
    {
        var mail = await Find(db, to: null, id, ct) is [var found] ? found : throw RuleException.NotFound();
        // As a mail program shows it: no scripts, nothing from elsewhere.
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'";
        return TypedResults.Content(mail.Html ?? "", Html);
    }

    private static async Task<MailboxResponse> AsJson([StringLength(254)] string? to, NotificationsDb db, CancellationToken ct) =>
        new(await Find(db, to, id: null, ct));

    private static Task<List<MailboxMail>> Find(NotificationsDb db, string? to, Guid? id, CancellationToken ct) => db.Query($"""
        select id, at, recipients, subject, text, html from mailbox
         where ($1::text is null or lower(recipients) like '%' || lower($1) || '%') and ($2::uuid is null or id = $2)
         order by at desc, id desc limit {MailsMax}
        """,
        (NpgsqlDataReader row) => new MailboxMail(
            row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.GetString(4),
            row.IsDBNull(5) ? null : row.GetString(5)),
        ct, Pg.Text(string.IsNullOrWhiteSpace(to) ? null : to.Replace("%", "", StringComparison.Ordinal)), Pg.Uuid(id));

    private static ContentHttpResult Page(HttpContext http, string title, string content)
    {
        http.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'";
        return TypedResults.Content($$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{Encode(title)}}</title>
            <style>
            body { margin: 0 auto; max-width: 820px; padding: 24px 16px; font: 16px/1.5 system-ui, sans-serif; color: #23211e; background: #f4f2ee }
            h1 { font-size: 22px } h2 { font-size: 19px; margin-bottom: 4px } h3 { font-size: 15px; margin-bottom: 4px }
            a { color: #1f5f4a } ul { list-style: none; padding: 0 } li { background: #fff; border-radius: 6px; margin-bottom: 6px }
            li a { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 10px 14px; text-decoration: none; color: inherit }
            li strong { flex: 1 1 260px } li span, time, .meta, .none { color: #767069; font-size: 14px }
            iframe { width: 100%; height: 480px; border: 0; border-radius: 6px; background: #fff }
            pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #fff; border-radius: 6px; padding: 14px; font-size: 14px }
            form { display: flex; gap: 8px } input { flex: 1; max-width: 320px; padding: 6px 10px; font: inherit } button { font: inherit; padding: 6px 14px }
            a:focus-visible, button:focus-visible, input:focus-visible { outline: 2px solid #1f5f4a }
            </style>
            </head>
            <body>
            <h1>Mailbox</h1>
            {{content}}
            </body>
            </html>
            """, Html);
    }

    private static string Encode(string? text) => WebUtility.HtmlEncode(text ?? "");
}

/// <summary>Mails of the mailbox, newest first.</summary>
/// <param name="Data">At most 100.</param>
public sealed record MailboxResponse(IReadOnlyList<MailboxMail> Data);

/// <summary>A mail as it would have gone out.</summary>
/// <param name="Id">The mail.</param>
/// <param name="At">When.</param>
/// <param name="To">Its recipients.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Text">Its plain text.</param>
/// <param name="Html">Its HTML.</param>
public sealed record MailboxMail(Guid Id, DateTimeOffset At, string To, string Subject, string Text, string? Html);
