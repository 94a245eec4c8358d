using Souk.Contracts;
using Souk.Contracts.Catalog;
using Souk.Contracts.Orders;
using Souk.Platform.Events;

namespace Souk.Inventory.Events;

/// <summary>
/// Locks the stock of a batch in the order of its key where several handlers would lock some of it, one after the other: two
/// replicas that have a batch each would wait for one another. The usual batch has one such handler and pays nothing.
/// </summary>
internal sealed class LockBatch(InventoryDb db) : IPrepareBatch
{
    public void Prepare(IReadOnlyList<IEvent> events)
    {
        var (offers, stocked, ended) = (new List<Guid>(), new List<Guid>(), new List<Guid>());
        var kinds = new HashSet<Type>();
        foreach (var e in events)
        {
            switch (e)
            {
                case OrderPlaced order:
                    offers.AddRange(order.Lines.Select(line => line.OfferId));
                    break;
                case GoodsReturned goods:
                    stocked.AddRange(goods.Lines.Select(line => line.OfferId));
                    break;
                case OfferStocked offer:
                    stocked.Add(offer.OfferId);
                    break;
                case OrderCancelled or PartCancelled or PartShipped or PiecesTakenOff:
                case OrderRefused { Code: not OnOrderRefused.OutOfStock }:
                    ended.Add(e.Key);
                    break;
                default:
                    continue;
            }
            kinds.Add(e.GetType());
        }
        if (kinds.Count < 2)
            return;
        // In the order of everybody else: those who bring goods, then time limits, as expiry does, then the stock.
        if (stocked.Count > 0)
            db.Ask(LockedStock.LockNew, _ => { }, stocked.ToArray());
        db.Ask("""
            select count(*) from (select 1 from holds where order_id = any($1) order by order_id for update) as locked
            """, _ => { }, ended.ToArray());
        db.Ask("""
            select count(*) from (
                select 1 from stock
                 where offer_id in (select unnest($1::uuid[])
                                     union select r.offer_id from reservations r where r.order_id = any($2))
                 order by offer_id, warehouse_id for update) as locked
            """, _ => { }, offers.Union(stocked).ToArray(), ended.ToArray());
    }
}
