using System.Text.Json;
using Souk.Contracts.Inventory;
using Souk.Notifications.Jobs;
using Souk.Notifications.Templates;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Events;
using Souk.Platform.Jobs;

namespace Souk.Notifications.Events;

/// <summary>An offer can be bought again: everybody who waits for it gets a mail, once.</summary>
internal sealed class OnOfferRestocked(
    NotificationsDb db, StockWatchLinks links, Wakes<SendMails> wakes) : IHandleBatch<OfferRestocked>
{
    public async Task Handle(IReadOnlyList<OfferRestocked> events, CancellationToken ct)
    {
        var offers = events.GroupBy(offer => offer.OfferId).ToDictionary(same => same.Key, same => same.Last());
        // Whoever marks them mails them.
        var told = await db.Query("""
            update stock_watches set told_at = now()
             where offer_id = any($1) and told_at is null returning id, offer_id, account_id, address
            """,
            row => (
                Id: row.GetGuid(0), Offer: offers[row.GetGuid(1)], Account: row.IsDBNull(2) ? (Guid?)null : row.GetGuid(2),
                Address: row.IsDBNull(3) ? null : row.GetString(3)), ct, offers.Keys.ToArray());
        if (told.Count == 0)
            return;
        db.Run("""
            insert into mails (id, template, account_id, address, data)
            select id, $1, account_id, address, data
              from unnest($2::uuid[], $3::uuid[], $4::text[], $5::jsonb[]) as m(id, account_id, address, data)
            """,
            BuiltIn.BackInStock, told.Select(_ => Guid.CreateVersion7()).ToArray(),
            Pg.Uuids([.. told.Select(watch => watch.Account)]),
            Pg.Texts([.. told.Select(watch => watch.Address)]),
            Pg.Jsonb([.. told.Select(watch => (string?)Data(watch.Id, watch.Offer))]));
        db.AfterCommit(wakes.Now);
    }

    private string Data(Guid watchId, OfferRestocked offer) => JsonSerializer.Serialize(
        new { offer.Title, Product = links.Product(offer.ProductId), Stop = links.End(watchId) }, Json.Events);
}
