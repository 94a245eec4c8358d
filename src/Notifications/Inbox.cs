using Souk.Notifications.Domain;
using Souk.Platform.Security;

namespace Souk.Notifications;

/// <summary>
/// What a reader sees: their own inbox and those of their companies, of each the kinds that they may see and did not switch
/// off. Two arrays side by side, for <c>unnest</c>.
/// </summary>
internal sealed record Inbox(Guid Reader, Guid[] Ids, string[] Kinds)
{
    /// <summary>
    /// The rows <c>m</c> a reader sees: <c>$1</c> reader, <c>$2</c> and <c>$3</c> the inboxes. Each inbox is read from its end
    /// by its index, however long it is.
    /// </summary>
    /// <param name="where">More conditions on <c>m</c>.</param>
    /// <param name="take">The parameter that says how many rows are wanted.</param>
    public static string Rows(string where, string take) => $"""
        select m.* from unnest($2::uuid[], $3::text[]) as b(inbox_id, kind)
          cross join lateral (
            select * from notifications m where m.inbox_id = b.inbox_id and m.kind = b.kind and {where}
             order by m.id desc limit {take}) m
        """;

    /// <summary>The same of what is not read: what came after the reader read all, and what was marked as unread.</summary>
    public static string Unread(string where, string take) => $"""
        {Rows($"""
            {where}
            and m.id > coalesce((select read_up_to from notification_readers where account_id = $1), '{Guid.Empty}')
            and not exists (select 1 from notification_marks r where r.account_id = $1 and r.notification_id = m.id)
            """, take)}
        union all
        select m.* from notification_marks r join notifications m on m.id = r.notification_id
          join unnest($2::uuid[], $3::text[]) as b(inbox_id, kind) on m.inbox_id = b.inbox_id and m.kind = b.kind
         where r.account_id = $1 and not r.is_read and {where}
        """;

    /// <summary>Whether the reader <c>$1</c> has read <c>m</c>.</summary>
    public const string IsRead = """
        coalesce(
            (select r.is_read from notification_marks r where r.account_id = $1 and r.notification_id = m.id),
            m.id <= (select read_up_to from notification_readers where account_id = $1), false)
        """;
}

/// <summary>Finds the inboxes of a caller.</summary>
internal static class InboxExtensions
{
    /// <summary>What the caller reads when they open the inbox, or of one kind, wanted or not.</summary>
    public static async Task<Inbox> InboxOf(this NotificationsDb db, Caller caller, string? kind, CancellationToken ct)
    {
        if (kind is not null)
            return caller.InboxOf(one => one.Name == kind);
        var said = await db.PreferencesOf(caller.Person(), ct);
        return caller.InboxOf(one =>
            one.Goes(Channels.Inbox, said.TryGetValue((one.Name, Channels.Inbox), out var wanted) ? wanted : null));
    }

    /// <summary>All that the caller may see, of these kinds.</summary>
    public static Inbox InboxOf(this Caller caller, Func<Kind, bool> kinds)
    {
        var reader = caller.Person();
        var seen = Kinds.All.Where(kinds)
            .SelectMany(kind => caller.CompaniesWith(kind.SeenWith).Prepend(reader).Select(id => (Id: id, kind.Name)))
            .ToList();
        return new(reader, [.. seen.Select(one => one.Id)], [.. seen.Select(one => one.Name)]);
    }
}
