using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Notifications.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// The caller's inbox, newest first: what happened to their orders, what their companies sold (for members who may see orders),
/// and what staff wrote. In the language that <c>Accept-Language</c> asks for. Kept for 90 days.
/// </summary>
internal static class ListNotifications
{
    private const int CountMax = 1000;

    private const string Columns = $"""
        m.id, m.inbox_id, m.kind, m.template, m.order_id, m.facts::text, m.title, m.message, m.link, m.created_at,
        {Inbox.IsRead}, {MailedOrder.Columns}
        """;

    private static readonly NotificationAnswer Example = new(
        new Guid("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e"), "orders", "unread", "On its way: your order S-1042", null,
        null, new Guid("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8f"), null,
        new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/notifications", List)
            .RequireSignIn()
            .WithSummary("List notifications")
            .WithDescription(
                "Filters: `status` (`unread`, `read`), `kind`. A kind that is switched off is shown when asked for.")
            .Problems("403 api_key_not_allowed")
            .WithExample(response: new Page<NotificationAnswer>([Example], null));
        routes.MapGet("/notifications/{id:guid}", One)
            .RequireSignIn()
            .WithSummary("Read a notification")
            .WithDescription("That does not mark it as read.")
            .Problems("403 api_key_not_allowed")
            .WithExample(response: Example);
        routes.MapGet("/notifications/unread-count", Count)
            .RequireSignIn()
            .WithSummary("Count unread notifications")
            .WithDescription($"Counted to {CountMax}.")
            .Problems("403 api_key_not_allowed")
            .WithExample(response: new UnreadCount(3));
    }

    private static async Task<Page<NotificationAnswer>> List(
        [AllowedValues(null, "unread", "read")] string? status, [StringLength(40)] string? kind, PageRequest page,
        Caller caller, NotificationsDb db, Titles titles, HttpContext http, CancellationToken ct)
    {
        page.Sort("-created_at");
        var inbox = await db.InboxOf(caller, kind, ct);
        var before = "($4::uuid is null or m.id < $4)";
        var rows = await Read(db, inbox, status switch
        {
            "unread" => Inbox.Unread(before, "$5"),
            "read" => Inbox.Rows($"{before} and {Inbox.IsRead}", "$5"),
            _ => Inbox.Rows(before, "$5"),
        }, Pg.Uuid(page.After?.Get<Guid>(0)), page.Take, ct);
        await titles.Write(rows, inbox.Reader, http, ct);
        return page.Result(rows, row => [row.Id], row => row.Answer(inbox.Reader));
    }

    private static async Task<NotificationAnswer> One(
        Guid id, Caller caller, NotificationsDb db, Titles titles, HttpContext http, CancellationToken ct)
    {
        var inbox = caller.InboxOf(_ => true);
        var rows = await Read(db, inbox, Inbox.Rows("m.id = $4", "$5"), id, 1, ct);
        if (rows is not [var found])
            throw RuleException.NotFound();
        await titles.Write(rows, inbox.Reader, http, ct);
        return found.Answer(inbox.Reader);
    }

    private static async Task<UnreadCount> Count(Caller caller, NotificationsDb db, CancellationToken ct)
    {
        var inbox = await db.InboxOf(caller, null, ct);
        var count = await db.Query(
            $"select count(*) from (select 1 from ({Inbox.Unread("true", $"{CountMax}")}) m limit {CountMax}) n",
            row => row.GetInt64(0), ct, inbox.Reader, inbox.Ids, inbox.Kinds);
        return new((int)count[0]);
    }

    private static Task<List<Notice>> Read(
        NotificationsDb db, Inbox inbox, string rows, object? first, int take, CancellationToken ct) => db.Query($"""
        select {Columns} from (select * from ({rows}) u order by u.id desc limit $5) m
          left join orders o on o.id = m.order_id
         order by m.id desc
        """,
        Notice.Read, ct, inbox.Reader, inbox.Ids, inbox.Kinds, first, take);
}

/// <summary>A notification.</summary>
/// <param name="Id">The notification.</param>
/// <param name="Kind">What it is about, by which people choose what they get.</param>
/// <param name="Status"><c>unread</c> or <c>read</c>, by the caller.</param>
/// <param name="Title">What it says in short; may be null where there is a message.</param>
/// <param name="Message">What staff wrote.</param>
/// <param name="Link">Where to go on: a path of this marketplace, or an https address.</param>
/// <param name="OrderId">The order it is about.</param>
/// <param name="CompanyId">The company whose members see it; null for the caller's own.</param>
/// <param name="CreatedAt">When it happened.</param>
public sealed record NotificationAnswer(
    Guid Id, string Kind, string Status, string? Title, string? Message, string? Link, Guid? OrderId, Guid? CompanyId,
    DateTimeOffset CreatedAt);

/// <summary>How many notifications wait.</summary>
/// <param name="Unread">Counted to 1,000.</param>
public sealed record UnreadCount(int Unread);
