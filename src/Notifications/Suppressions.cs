using Souk.Notifications.Domain;
using Souk.Platform.Db;

namespace Souk.Notifications;

/// <summary>Addresses that get no mail.</summary>
internal static class Suppressions
{
    public static async Task<bool> IsSuppressed(this NotificationsDb db, Guid addressKey, CancellationToken ct) =>
        (await db.Query("select 1 from suppressions where address_key = $1", _ => true, ct, addressKey)).Count == 1;

    /// <summary>No more mail to it, because of what its server or its owner said. What was said first stays.</summary>
    public static void Suppress(
        this NotificationsDb db, Guid addressKey, string masked, string reason, string? detail, Guid? mailId) =>
        db.Run("""
        insert into suppressions (id, address_key, recipient, reason, detail, mail_id) values ($1, $2, $3, $4, $5, $6)
        on conflict (address_key) do nothing
        """,
        Guid.CreateVersion7(), addressKey, masked, reason, Pg.Text(Masks.Addresses(detail)), Pg.Uuid(mailId));
}
