using System.Text.Json;
using Souk.Contracts.Orders;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>The buyer and each seller get a mail. What later mails tell of the order is kept.</summary>
internal sealed class OnOrderConfirmed(NotificationsDb db, Queue queue) : IHandleBatch<OrderConfirmed>
{
    public Task Handle(IReadOnlyList<OrderConfirmed> events, CancellationToken ct)
    {
        db.Run("""
            insert into orders (id, number, currency, total_minor, contact_id, lines, account_id)
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::jsonb[], $7::uuid[])
            on conflict do nothing
            """,
            events.Select(order => order.OrderId).ToArray(), events.Select(order => order.Number).ToArray(),
            events.Select(order => order.Currency).ToArray(), events.Select(order => order.TotalMinor).ToArray(),
            events.Select(order => order.ContactId).ToArray(), Pg.Jsonb([.. events.Select(Lines)]),
            Pg.Uuids([.. events.Select(order => order.AccountId)]));
        queue.Add([.. events.SelectMany(order => order.Parts
            .Select(part => new NewMail(BuiltIn.OrderReceived, order.OrderId, part.CompanyId))
            .Prepend(new NewMail(BuiltIn.OrderConfirmed, order.OrderId)))]);
        return Task.CompletedTask;
    }

    private static string Lines(OrderConfirmed order) => JsonSerializer.Serialize(order.Lines.Select(line => new MailedLine(
        line.LineId, line.CompanyId, line.Title, line.Sku, line.Quantity, line.UnitPriceMinor * line.Quantity, line.TotalMinor)), Json.Events);
}
