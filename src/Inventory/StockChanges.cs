using Souk.Inventory.Domain;
using Souk.Platform.Db;

namespace Souk.Inventory;

/// <summary>Changes of locked stock as the arrays of one statement, however many there are.</summary>
internal sealed class StockChanges
{
    private static readonly string Plain = Statement(waiting: false);

    // Most marketplaces never sell what is not there: they pay nothing for it.
    private static readonly string WithWaiting = Statement(waiting: true);

    private readonly List<Guid> offerIds = [];
    private readonly List<Guid> warehouseIds = [];
    private readonly List<long> onHand = [];
    private readonly List<long> claimed = [];
    private readonly List<long> waiting = [];
    private readonly List<string> kinds = [];
    private readonly List<Guid?> orderIds = [];
    private readonly List<Guid?> lineIds = [];
    private readonly List<Guid?> accountIds = [];
    private readonly List<Guid?> transferIds = [];
    private readonly List<string?> reasons = [];
    private readonly List<Guid> ids = [];
    private bool anyWaiting;

    /// <summary>One change of a shelf, which is one movement.</summary>
    /// <param name="shelf">The shelf.</param>
    /// <param name="onHandChange">Pieces that came, or went.</param>
    /// <param name="claimedChange">Pieces that orders took.</param>
    /// <param name="waitingChange">How many more claims wait for their pieces, or fewer.</param>
    /// <param name="note">What is known about it besides.</param>
    /// <param name="lineId">The line of the order that took them.</param>
    public void Add(
        Shelf shelf, long onHandChange, long claimedChange, long waitingChange, MovementNote note, Guid? lineId = null)
    {
        offerIds.Add(shelf.OfferId);
        warehouseIds.Add(shelf.WarehouseId);
        onHand.Add(onHandChange);
        claimed.Add(claimedChange);
        waiting.Add(waitingChange);
        anyWaiting |= waitingChange != 0;
        kinds.Add(note.Kind);
        orderIds.Add(note.OrderId);
        lineIds.Add(lineId);
        accountIds.Add(note.AccountId);
        transferIds.Add(note.TransferId);
        reasons.Add(note.Reason);
        ids.Add(note.Id ?? Guid.CreateVersion7());
    }

    /// <summary>Adds them to the transaction: movements, counters and reservations from the same rows in one statement, so they cannot disagree.</summary>
    public void WriteTo(InventoryDb db)
    {
        if (offerIds.Count == 0)
            return;
        object[] args =
        [
            offerIds.ToArray(), warehouseIds.ToArray(), onHand.ToArray(), claimed.ToArray(), kinds.ToArray(),
            Pg.Uuids([.. orderIds]), Pg.Uuids([.. lineIds]), Pg.Uuids([.. accountIds]), Pg.Uuids([.. transferIds]),
            Pg.Texts([.. reasons]), ids.ToArray(),
        ];
        if (anyWaiting)
            db.Run(WithWaiting, [.. args, waiting.ToArray()]);
        else
            db.Run(Plain, args);
        Clear();
    }

    private void Clear()
    {
        offerIds.Clear();
        warehouseIds.Clear();
        onHand.Clear();
        claimed.Clear();
        waiting.Clear();
        kinds.Clear();
        orderIds.Clear();
        lineIds.Clear();
        accountIds.Clear();
        transferIds.Clear();
        reasons.Clear();
        ids.Clear();
        anyWaiting = false;
    }

    // A movement counts what orders claim; which of it lies there and which is waited for, the counters say.
    private static string Statement(bool waiting) => $"""
        with c as materialized (
            select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::uuid[],
                                 $7::uuid[], $8::uuid[], $9::uuid[], $10::text[], $11::uuid[]{(waiting ? ", $12::bigint[]" : "")})
                   as c(offer_id, warehouse_id, on_hand, reserved, kind, order_id, line_id, account_id, transfer_id, reason,
                        id{(waiting ? ", waiting" : "")})),
        moved as (
            insert into movements (
                id, offer_id, warehouse_id, kind, on_hand_change, reserved_change, order_id, account_id,
                transfer_id, reason)
            select id, offer_id, warehouse_id, kind, on_hand, reserved, order_id, account_id, transfer_id, reason
              from c),
        held as (
            insert into reservations (order_id, line_id, warehouse_id, offer_id, quantity)
            select order_id, line_id, warehouse_id, offer_id, reserved::int from c where kind = 'reserve')
        update stock s
           set on_hand = s.on_hand + t.on_hand,
               reserved = s.reserved + t.reserved,
               version = s.version + (t.on_hand <> 0)::int{(waiting ? ", backordered = s.backordered + t.waiting" : "")}
          from (select offer_id, warehouse_id, sum(on_hand)::bigint as on_hand,
                       sum({(waiting ? "reserved - waiting" : "reserved")})::bigint as reserved
                       {(waiting ? ", sum(waiting)::bigint as waiting" : "")}
                  from c group by 1, 2) as t
         where s.offer_id = t.offer_id and s.warehouse_id = t.warehouse_id
        """;
}
