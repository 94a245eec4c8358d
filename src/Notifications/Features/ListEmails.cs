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

/// <summary>The send log, newest first: what was queued, sent, skipped or given up. Addresses and links are masked. Staff.</summary>
internal static class ListEmails
{
    private const string Columns = """
        id, status, template, template_version, subject, body, recipient, address, order_id, company_id, account_id, attempts, error, created_at, sent_at
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/emails", Handle)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("List e-mails")
            .WithDescription("Filters: `status`, `template`, `order_id`. Sort: `-created_at`, `created_at`.");
        routes.MapGet("/emails/{id:guid}", One)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("Read an e-mail of the send log");
    }

    public static EmailAnswer Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), Text(row, 2), row.IsDBNull(3) ? null : row.GetInt32(3), Text(row, 4),
        Text(row, 5) is { } body ? Masks.Links(body) : null,
        Text(row, 6) ?? (Text(row, 7) is { } address ? Masks.Address(address) : null), Id(row, 8), Id(row, 9), Id(row, 10),
        row.GetInt32(11), Text(row, 12), row.GetFieldValue<DateTimeOffset>(13), row.IsDBNull(14) ? null : row.GetFieldValue<DateTimeOffset>(14));

    private static async Task<Page<EmailAnswer>> Handle(
        [AllowedValues(null, "queued", "sent", "skipped", "failed")] string? status, [StringLength(60)] string? template, Guid? order_id,
        PageRequest page, NotificationsDb db, CancellationToken ct)
    {
        // Ids are in the order they were made.
        var (after, direction) = page.Sort("-created_at", "created_at") == "created_at" ? (">", "asc") : ("<", "desc");
        var rows = await db.Query($"""
            select {Columns} from mails
             where ($1::text is null or status = $1) and ($2::text is null or template = $2) and ($3::uuid is null or order_id = $3)
               and ($4::uuid is null or id {after} $4)
             order by id {direction} limit $5
            """,
            Read, ct, Pg.Text(status), Pg.Text(template), Pg.Uuid(order_id), Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
        return page.Result(rows, row => [row.Id]);
    }

    private static async Task<EmailAnswer> One(Guid id, NotificationsDb db, CancellationToken ct) =>
        await db.Query($"select {Columns} from mails where id = $1", Read, ct, id) is [var mail] ? mail : throw RuleException.NotFound();

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Guid? Id(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);
}

/// <summary>An e-mail of the send log.</summary>
/// <param name="Id">The e-mail.</param>
/// <param name="Status"><c>queued</c>, <c>sent</c>, <c>skipped</c> (nobody to send it to) or <c>failed</c> (given up).</param>
/// <param name="Template">Its template; null when subject and body were given.</param>
/// <param name="TemplateVersion">The version it was made from, once it was sent.</param>
/// <param name="Subject">Its subject, once it was sent.</param>
/// <param name="Body">The body that was given; links are masked.</param>
/// <param name="Recipient">Who got it, masked.</param>
/// <param name="OrderId">The order it is about.</param>
/// <param name="CompanyId">The company whose members get it.</param>
/// <param name="AccountId">The account that gets it.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Error">Why it was not sent.</param>
/// <param name="CreatedAt">When it was queued.</param>
/// <param name="SentAt">When it was sent.</param>
public sealed record EmailAnswer(
    Guid Id, string Status, string? Template, int? TemplateVersion, string? Subject, string? Body, string? Recipient, Guid? OrderId,
    Guid? CompanyId, Guid? AccountId, int Attempts, string? Error, DateTimeOffset CreatedAt, DateTimeOffset? SentAt);
