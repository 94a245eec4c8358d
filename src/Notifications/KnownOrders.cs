using System.Text.Json;
using Souk.Notifications.Domain;
using Souk.Platform;
using Souk.Platform.Db;

namespace Souk.Notifications;

/// <summary>Orders that later messages tell of.</summary>
internal static class KnownOrders
{
    /// <summary>Keeps orders; one that is known stays as it is.</summary>
    public static void Keep(this NotificationsDb db, MailedOrder[] orders) => db.Run("""
        insert into orders (id, number, currency, total_minor, contact_id, lines, account_id)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::jsonb[], $7::uuid[])
        on conflict do nothing
        """,
        Array.ConvertAll(orders, order => order.Id), Array.ConvertAll(orders, order => order.Number),
        Array.ConvertAll(orders, order => order.Currency), Array.ConvertAll(orders, order => order.TotalMinor),
        Array.ConvertAll(orders, order => order.ContactId),
        Pg.Jsonb([.. orders.Select(order => (string?)JsonSerializer.Serialize(order.Lines, Json.Events))]),
        Pg.Uuids([.. orders.Select(order => order.AccountId)]));
}
