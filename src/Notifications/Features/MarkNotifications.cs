using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// Marks notifications as read or unread: for the caller alone, also in the inbox of a company. Everybody, for what they see.
/// </summary>
internal static class MarkNotifications
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/notifications/{id:guid}/read", Read)
            .RequireSignIn()
            .WithSummary("Mark a notification as read")
            .Problems("403 api_key_not_allowed");
        routes.MapPost("/notifications/{id:guid}/unread", Unread)
            .RequireSignIn()
            .WithSummary("Mark a notification as unread")
            .Problems("403 api_key_not_allowed");
        routes.MapPost("/notifications/read-all", ReadAll)
            .RequireSignIn()
            .WithSummary("Mark all notifications as read")
            .WithDescription("Also those that no page has shown yet; none that come later.")
            .Problems("403 api_key_not_allowed");
    }

    private static Task<NoContent> Read(Guid id, Caller caller, NotificationsDb db, CancellationToken ct) =>
        Mark(id, isRead: true, caller, db, ct);

    private static Task<NoContent> Unread(Guid id, Caller caller, NotificationsDb db, CancellationToken ct) =>
        Mark(id, isRead: false, caller, db, ct);

    private static async Task<NoContent> Mark(
        Guid id, bool isRead, Caller caller, NotificationsDb db, CancellationToken ct)
    {
        var inbox = caller.InboxOf(_ => true);
        var marked = await db.Query($"""
            insert into notification_marks (account_id, notification_id, is_read)
            select $1, m.id, $5 from ({Inbox.Rows("m.id = $4", "1")}) m
            on conflict (account_id, notification_id) do update set is_read = excluded.is_read returning 1
            """,
            _ => true, ct, inbox.Reader, inbox.Ids, inbox.Kinds, id, isRead);
        return marked.Count == 1 ? TypedResults.NoContent() : throw RuleException.NotFound();
    }

    private static async Task<NoContent> ReadAll(Caller caller, NotificationsDb db, CancellationToken ct)
    {
        var inbox = await db.InboxOf(caller, null, ct);
        db.Run($"""
            insert into notification_readers (account_id, read_up_to)
            select $1, m.id from ({Inbox.Rows("true", "1")}) m order by m.id desc limit 1
            on conflict (account_id) do update
               set read_up_to = greatest(notification_readers.read_up_to, excluded.read_up_to)
            """,
            inbox.Reader, inbox.Ids, inbox.Kinds);
        // What was marked by itself goes with the rest.
        db.Run("""
            delete from notification_marks m using notification_readers r
             where m.account_id = $1 and r.account_id = $1 and m.notification_id <= r.read_up_to
            """,
            inbox.Reader);
        return TypedResults.NoContent();
    }
}
