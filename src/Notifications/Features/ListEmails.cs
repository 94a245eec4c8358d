using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Notifications.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// The send log, newest first: what waits, was sent, came back, was held back or given up. Addresses and links are masked.
/// Staff.
/// </summary>
internal static class ListEmails
{
    private const string Columns = """
        id, status, template, template_version, subject, body, recipient, address, order_id, company_id, account_id,
        attempts, error, created_at, sent_at, kind, next_try_at
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/emails", Handle)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("List e-mails")
            .WithDescription(
                "Filters: `status`, `template`, `order_id`, `recipient` (the whole address), `created_after`, "
                + "`created_before`. Sort: `-created_at`, `created_at`.");
        routes.MapGet("/emails/{id:guid}", One)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("Read an e-mail of the send log");
    }

    private static async Task<Page<EmailAnswer>> Handle(
        [AllowedValues(null, "queued", "sent", "skipped", "failed", "suppressed", "bounced")] string? status,
        [StringLength(60)] string? template, Guid? order_id, [EmailAddress, StringLength(254)] string? recipient,
        DateTimeOffset? created_after, DateTimeOffset? created_before, PageRequest page, AddressKeys addresses,
        NotificationsDb db, CancellationToken ct)
    {
        // Ids are in the order they were made.
        var (after, direction) = page.Sort("-created_at", "created_at") == "created_at" ? (">", "asc") : ("<", "desc");
        var rows = await db.Query($"""
            select {Columns} from mails
             where ($1::text is null or status = $1) and ($2::text is null or template = $2) and ($3::uuid is null or order_id = $3)
               and ($4::uuid is null or id {after} $4) and ($6::uuid is null or address_key = $6)
               and ($7::timestamptz is null or created_at > $7) and ($8::timestamptz is null or created_at < $8)
             order by id {direction} limit $5
            """,
            Read, ct, Pg.Text(status), Pg.Text(template), Pg.Uuid(order_id), Pg.Uuid(page.After?.Get<Guid>(0)),
            page.Take,
            Pg.Uuid(recipient is null ? null : addresses.Of(recipient)), Time(created_after), Time(created_before));
        return page.Result(rows, row => [row.Id]);
    }

    private static async Task<EmailAnswer> One(Guid id, NotificationsDb db, CancellationToken ct) =>
        await db.Query($"select {Columns} from mails where id = $1", Read, ct, id) is [var mail] ? mail : throw RuleException.NotFound();

    private static EmailAnswer Read(NpgsqlDataReader row)
    {
        var (status, template) = (row.GetString(1), Text(row, 2));
        return new(
            row.GetGuid(0), status, Kinds.Of(Text(row, 15), template).Name, template,
            row.IsDBNull(3) ? null : row.GetInt32(3),
            Text(row, 4), Text(row, 5) is { } body ? Masks.Links(body) : null,
            Text(row, 6) ?? (Text(row, 7) is { } address ? Masks.Address(address) : null), Id(row, 8), Id(row, 9),
            Id(row, 10),
            row.GetInt32(11), Text(row, 12), row.GetFieldValue<DateTimeOffset>(13),
            row.IsDBNull(14) ? null : row.GetFieldValue<DateTimeOffset>(14),
            status == "queued" ? row.GetFieldValue<DateTimeOffset>(16) : null);
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Guid? Id(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    private static NpgsqlParameter Time(DateTimeOffset? time) =>
        new()
        {
            NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz,
            Value = (object?)time?.ToUniversalTime() ?? DBNull.Value,
        };
}

/// <summary>An e-mail of the send log.</summary>
/// <param name="Id">The e-mail.</param>
/// <param name="Status">
/// <c>queued</c>, <c>sent</c>, <c>skipped</c> (nobody to send it to, or nobody who wants it), <c>suppressed</c> (the address gets
/// no mail), <c>bounced</c> (it came back) or <c>failed</c> (given up).
/// </param>
/// <param name="Kind">What it is about, by which people choose what they get.</param>
/// <param name="Template">Its template; null when subject and body were given.</param>
/// <param name="TemplateVersion">The version it was made from, once it was sent.</param>
/// <param name="Subject">Its subject, once it was sent.</param>
/// <param name="Body">The body that was given; links are masked.</param>
/// <param name="Recipient">Who got it, masked.</param>
/// <param name="OrderId">The order it is about.</param>
/// <param name="CompanyId">The company it goes to a member of.</param>
/// <param name="AccountId">The account that gets it.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Error">Why it was not sent, or why it came back.</param>
/// <param name="CreatedAt">When it was queued.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="NextTryAt">When it is tried next; null when it is not.</param>
public sealed record EmailAnswer(
    Guid Id, string Status, string Kind, string? Template, int? TemplateVersion, string? Subject, string? Body,
    string? Recipient, Guid? OrderId, Guid? CompanyId, Guid? AccountId, int Attempts, string? Error,
    DateTimeOffset CreatedAt, DateTimeOffset? SentAt, DateTimeOffset? NextTryAt);
