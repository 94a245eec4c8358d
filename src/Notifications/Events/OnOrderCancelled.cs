using Souk.Contracts.Orders;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>
/// A confirmed order was cancelled: its buyer gets a mail, and each seller who was to send something. One that was held for a
/// review ended without a sale: its buyer alone had heard of it.
/// </summary>
internal sealed class OnOrderCancelled(NotificationsDb db, Queue queue) : IHandleBatch<OrderCancelled>
{
    public async Task Handle(IReadOnlyList<OrderCancelled> events, CancellationToken ct)
    {
        var confirmed = events.Where(order => order.WasConfirmed).ToList();
        await TellHeld([.. events.Where(order => !order.WasConfirmed).Select(order => order.OrderId)], ct);
        if (confirmed.Count == 0)
            return;
        var sellers = await db.Query("""
            select distinct o.id, (line->>'company_id')::uuid
              from orders o cross join jsonb_array_elements(o.lines) as line
             where o.id = any($1) and (line->>'line_id')::uuid = any($2)
            """,
            row => (Order: row.GetGuid(0), Company: row.GetGuid(1)), ct,
            confirmed.Select(order => order.OrderId).ToArray(), confirmed.SelectMany(order => order.Lines).Select(line => line.LineId).ToArray());
        queue.Add([.. confirmed.SelectMany(order =>
        {
            var facts = MailFacts.Of(order.Lines, reason: order.Reason);
            return sellers.Where(seller => seller.Order == order.OrderId)
                .Select(seller => new NewMail(BuiltIn.SaleCancelled, order.OrderId, seller.Company, Facts: facts))
                .Prepend(new NewMail(BuiltIn.OrderCancelled, order.OrderId, Facts: facts));
        })]);
    }

    // Others that were never confirmed never had a mail: their buyers got the answer where they checked out.
    private async Task TellHeld(Guid[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
            return;
        var held = await db.Query("select id from orders where id = any($1)", row => row.GetGuid(0), ct, ids);
        queue.Add([.. held.Select(id => new NewMail(BuiltIn.OrderNotPaid, id))]);
    }
}
