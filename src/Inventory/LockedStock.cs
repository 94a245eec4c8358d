using Npgsql;
using Souk.Contracts.Inventory;
using Souk.Inventory.Domain;
using Souk.Platform.Db;

namespace Souk.Inventory;

/// <summary>
/// The stock of some offers, locked until the commit. Every change of stock goes through here: rows are locked in the order
/// of their key, so no two writers deadlock; each change leaves its movement; and who must hear of it hears of it.
/// </summary>
/// <remarks>
/// All shelves of an offer are locked, not only those that change: availability is their sum, and two writers who lock
/// different shelves would each publish a sum without the other. The lock is a statement of its own: what is read by
/// the next one is what was committed when the lock was got.
/// </remarks>
internal sealed class LockedStock
{
    private const string LockOffers = """
        select count(*) from (select 1 from stock where offer_id = any($1) order by offer_id, warehouse_id for update) as locked
        """;

    /// <summary>
    /// Two who put the first pieces of an offer into different warehouses have no row in common to meet at: they meet here,
    /// before they lock stock.
    /// </summary>
    public const string LockNew = """
        select count(pg_advisory_xact_lock(key))
          from (select distinct hashtextextended(id::text, 0) as key from unnest($1::uuid[]) as o(id) order by 1) as keys
        """;

    private static readonly string ReadOffers = ReadWhere("= any($1)");

    private static readonly string EndPlain = EndStatement("reserved = s.reserved - g.quantity");

    // What is given back, or is left where more was sold than lay there, goes to those who wait.
    private static readonly string EndWaiting = EndStatement("""
        reserved = least(s.on_hand - case when $5 then g.quantity else 0 end, s.reserved + s.backordered - g.quantity),
               backordered = greatest(0, s.reserved + s.backordered - g.quantity - s.on_hand
                                          + case when $5 then g.quantity else 0 end)
        """);

    private readonly InventoryDb db;
    private readonly Dictionary<Guid, OfferStock> offers = [];
    private readonly StockChanges changes = new();

    private LockedStock(InventoryDb db) => this.db = db;

    /// <summary>When the transaction began, by the clock of the database: reservations end by it alone. Unset when no offer has stock.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Offers that are locked.</summary>
    public int Count => offers.Count;

    /// <summary>Locks the stock of the offers. One message.</summary>
    public static async Task<LockedStock> Of(InventoryDb db, IEnumerable<Guid> offerIds, CancellationToken ct)
    {
        var ids = offerIds.Distinct().ToArray();
        var stock = new LockedStock(db);
        if (ids.Length == 0)
            return stock;
        db.Ask(LockOffers, _ => { }, ids);
        await db.Query(ReadOffers, stock.Read, ct, ids);
        return stock;
    }

    /// <summary>
    /// Locks what nobody else has locked, and leaves out the other offers. For work that may wait: it never stands in the way
    /// of a buyer.
    /// </summary>
    public static async Task<LockedStock> OfFree(InventoryDb db, IReadOnlyCollection<Guid> offerIds, CancellationToken ct)
    {
        var (stock, locked) = (new LockedStock(db), new Dictionary<Guid, long>());
        if (offerIds.Count == 0)
            return stock;
        Guid[] ids = [.. offerIds];
        db.Ask("""
            select offer_id, count(*) from (select offer_id from stock where offer_id = any($1) order by offer_id, warehouse_id
                                               for update skip locked) as locked
             group by 1
            """, reader =>
        {
            while (reader.Read())
                locked.Add(reader.GetGuid(0), reader.GetInt64(1));
        }, ids);
        await db.Query(ReadOffers, stock.Read, ct, ids);
        foreach (var (id, offer) in stock.offers)
            if (locked.GetValueOrDefault(id) != offer.Shelves.Count)
                stock.offers.Remove(id);
        return stock;
    }

    /// <summary>Locks the stock of the offers and makes the shelves that are not there yet.</summary>
    public static Task<LockedStock> Open(InventoryDb db, IReadOnlyCollection<(Guid OfferId, Guid WarehouseId)> shelves, CancellationToken ct)
    {
        db.Ask(LockNew, _ => { }, shelves.Select(shelf => shelf.OfferId).ToArray());
        db.Run("""
            insert into stock (offer_id, warehouse_id)
            select distinct offer_id, warehouse_id from unnest($1::uuid[], $2::uuid[]) as s(offer_id, warehouse_id) order by 1, 2
            on conflict do nothing
            """, shelves.Select(shelf => shelf.OfferId).ToArray(), shelves.Select(shelf => shelf.WarehouseId).ToArray());
        return Of(db, shelves.Select(shelf => shelf.OfferId), ct);
    }

    /// <summary>
    /// Locks the stock that the given orders hold and reads their reservations. A null line means all of the order. One message.
    /// </summary>
    public static async Task<(LockedStock Stock, List<Reservation> Reservations)> OfOrders(
        InventoryDb db, Guid[] orderIds, Guid?[] lineIds, CancellationToken ct)
    {
        const string lines = """
            reservations r join unnest($1::uuid[], $2::uuid[]) as w(order_id, line_id)
              on r.order_id = w.order_id and (w.line_id is null or r.line_id = w.line_id)
            """;
        var stock = new LockedStock(db);
        var lineParameter = Pg.Uuids(lineIds);
        db.Ask($"""
            select count(*) from (select 1 from stock where offer_id in (select r.offer_id from {lines})
                                   order by offer_id, warehouse_id for update) as locked
            """, _ => { }, orderIds, lineParameter.Clone());
        var reservations = new List<Reservation>();
        db.Ask($"select distinct r.order_id, r.line_id, r.warehouse_id, r.offer_id, r.quantity from {lines}", reader =>
        {
            while (reader.Read())
                reservations.Add(new(reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetGuid(3), reader.GetInt32(4)));
        }, orderIds, lineParameter.Clone());
        await db.Query(
            ReadWhere($"in (select r.offer_id from {lines})"), stock.Read, ct, orderIds, lineParameter.Clone());
        return (stock, reservations);
    }

    /// <summary>The stock of an offer; null when it never had any.</summary>
    public OfferStock? Offer(Guid offerId) => offers.GetValueOrDefault(offerId);

    /// <summary>One shelf; null when it was never opened.</summary>
    public Shelf? Shelf(Guid offerId, Guid warehouseId) =>
        Offer(offerId)?.Shelves.Find(shelf => shelf.WarehouseId == warehouseId);

    /// <summary>Changes what lies on a shelf.</summary>
    public void Move(Shelf shelf, long onHand, MovementNote note)
    {
        var waiting = shelf.Change(onHand, claimed: 0);
        changes.Add(shelf, onHand, claimedChange: 0, waiting, note);
    }

    /// <summary>Writes down what <see cref="Allocation" /> took for an order.</summary>
    public void Reserved(Guid orderId, IReadOnlyList<Allocation.Take> takes)
    {
        foreach (var take in takes)
            changes.Add(
                take.Shelf, onHandChange: 0, take.Quantity, take.Waiting,
                new MovementNote(MovementKind.Reserve, orderId), take.LineId);
    }

    /// <summary>Sells an offer by another rule from now on: what may be sold before it is there, less what is kept back.</summary>
    public void Allow(Guid offerId, long allowance)
    {
        Offer(offerId)!.Allowance = allowance;
        Write(all: true); // Also makes the row, where there was none.
        db.Run("update availability set allowance = $2 where offer_id = $1", offerId, allowance);
    }

    /// <summary>
    /// Ends reservations: their pieces are free again, or, when <paramref name="shipped" />, gone. Counts what the statement
    /// deletes, so a reservation ends once whoever else tries.
    /// </summary>
    public void End(IReadOnlyList<Reservation> reservations, bool shipped, string reason)
    {
        if (reservations.Count == 0)
            return;
        var waiting = false;
        foreach (var reservation in reservations)
        {
            var shelf = Shelf(reservation.OfferId, reservation.WarehouseId)!;
            waiting |= shelf.Backordered > 0;
            // Pieces that were waited for and left came in, though nobody booked it.
            if (shipped && reservation.Quantity > shelf.OnHand)
                Move(shelf, reservation.Quantity - shelf.OnHand, new MovementNote(
                    MovementKind.Adjust, reservation.OrderId, Reason: "shipped before it was booked in"));
            shelf.Change(shipped ? -reservation.Quantity : 0, -reservation.Quantity);
        }
        changes.WriteTo(db);
        db.Run(
            waiting ? EndWaiting : EndPlain,
            reservations.Select(r => r.OrderId).ToArray(), reservations.Select(r => r.LineId).ToArray(),
            reservations.Select(r => r.WarehouseId).ToArray(), shipped ? MovementKind.Out : MovementKind.Release, shipped, reason);
    }

    /// <summary>Adds the changes to the transaction and publishes the availabilities that must be known at once.</summary>
    /// <param name="all">Also those that changed a little, as the sweep does.</param>
    public void Write(bool all = false)
    {
        changes.WriteTo(db);
        var (ids, published, versions) = (new List<Guid>(), new List<long>(), new List<long>());
        foreach (var (id, offer) in offers.OrderBy(offer => offer.Key))
        {
            var available = offer.Available;
            if (available == offer.Published || (!all && !Announcement.IsUrgent(available, offer.Published)))
                continue;
            db.Publish(new AvailabilityChanged(id, available, offer.Version + 1));
            ids.Add(id);
            published.Add(available);
            versions.Add(offer.Version + 1);
            (offer.Published, offer.Version) = (available, offer.Version + 1);
        }
        if (ids.Count > 0)
            db.Run("""
                insert into availability (offer_id, published, version) select * from unnest($1::uuid[], $2::bigint[], $3::bigint[])
                on conflict (offer_id) do update set published = excluded.published, version = excluded.version
                """, ids.ToArray(), published.ToArray(), versions.ToArray());
    }

    // Where nothing waits the counters need not look at each other.
    private static string EndStatement(string reserved) => $"""
        with gone as (
            delete from reservations r using unnest($1::uuid[], $2::uuid[], $3::uuid[]) 
                                                   as e(order_id, line_id, warehouse_id)
             where r.order_id = e.order_id and r.line_id = e.line_id and r.warehouse_id = e.warehouse_id
            returning r.order_id, r.offer_id, r.warehouse_id, r.quantity),
        moved as (
            insert into movements (offer_id, warehouse_id, kind, on_hand_change, reserved_change, order_id, reason)
            select offer_id, warehouse_id, $4, case when $5 then -quantity else 0 end, -quantity, order_id, $6
              from gone)
        update stock s
           set {reserved},
               on_hand = s.on_hand - case when $5 then g.quantity else 0 end,
               version = s.version + $5::int
          from (select offer_id, warehouse_id, sum(quantity)::bigint as quantity from gone group by 1, 2) as g
         where s.offer_id = g.offer_id and s.warehouse_id = g.warehouse_id
        """;

    private static string ReadWhere(string which) => $"""
        select s.offer_id, s.warehouse_id, s.on_hand, s.reserved + s.backordered, w.priority, w.country, w.active,
               s.version, a.published, a.version, now(), coalesce(a.allowance, 0)
          from stock s
          join warehouses w on w.id = s.warehouse_id
          left join availability a on a.offer_id = s.offer_id
         where s.offer_id {which}
        """;

    private bool Read(NpgsqlDataReader reader)
    {
        var offerId = reader.GetGuid(0);
        if (!offers.TryGetValue(offerId, out var offer))
            offers.Add(offerId, offer = new OfferStock
            {
                Allowance = reader.GetInt64(11),
                Published = reader.IsDBNull(8) ? null : reader.GetInt64(8),
                Version = reader.IsDBNull(9) ? 0 : reader.GetInt64(9),
            });
        offer.Shelves.Add(new Shelf(
            offerId, reader.GetGuid(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt32(4), reader.GetString(5), reader.GetBoolean(6),
            reader.GetInt64(7)));
        Now = reader.GetFieldValue<DateTimeOffset>(10);
        return true;
    }
}
