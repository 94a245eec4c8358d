using Npgsql;
using Souk.Notifications.Features;

namespace Souk.Notifications.Domain;

/// <summary>A notification as its reader finds it.</summary>
internal sealed record Notice(
    Guid Id, Guid InboxId, string Kind, string? Template, Guid? OrderId, string? Facts, string? Message, string? Link,
    DateTimeOffset CreatedAt, bool IsRead, MailedOrder? Order)
{
    /// <summary>What it says in short: given by who wrote it, else written in the reader's language.</summary>
    public string? Title { get; set; }

    public static Notice Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), Text(row, 3), row.IsDBNull(4) ? null : row.GetGuid(4),
        Text(row, 5),
        Text(row, 7), Text(row, 8), row.GetFieldValue<DateTimeOffset>(9), row.GetBoolean(10),
        row.IsDBNull(11) ? null : MailedOrder.Read(row, from: 11))
    {
        Title = Text(row, 6),
    };

    /// <summary>The company whose members see it; null when it is the reader's own.</summary>
    public Guid? CompanyId(Guid reader) => InboxId == reader ? null : InboxId;

    public NotificationAnswer Answer(Guid reader) => new(
        Id, Kind, IsRead ? "read" : "unread", Title, Message, Link, OrderId, CompanyId(reader), CreatedAt);

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
