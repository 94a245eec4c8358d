using Microsoft.EntityFrameworkCore;
using Npgsql;
using Souk.Orders.Domain;
using Souk.Orders.Features;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders;

/// <summary>
/// The order service's database. People's moves go through entities, the steps of the checkout through SQL.
/// </summary>
internal sealed class OrdersDb(DbContextOptions<OrdersDb> options, Service<OrdersDb> service, PlacedLines placedLines)
    : ServiceDb(options, service)
{
    public DbSet<Order> Orders => Set<Order>();

    public DbSet<Return> Returns => Set<Return>();

    /// <summary>
    /// One order with its parts and lines, locked until the end of the request: the steps of the checkout change the
    /// same row, and a buyer who cancels right after the confirmation should wait a moment for them, not be told to
    /// try again.
    /// </summary>
    /// <exception cref="RuleException">It is not there, or not the caller's: 404.</exception>
    public async Task<Order> Locked(Guid id, Caller caller, CancellationToken ct)
    {
        var order = await Locked(id, ct);
        return order is not null && Sight.Of(order, caller) is not null ? order : throw RuleException.NotFound();
    }

    /// <summary>
    /// One return and its order, locked until the end of the request: whoever changes a return holds its order's row.
    /// </summary>
    /// <exception cref="RuleException">It is not there, or not the caller's: 404.</exception>
    public async Task<(Return It, Order Order)> LockedReturn(Guid id, Caller caller, CancellationToken ct)
    {
        const string ofReturn = "select order_id from returns where id = $1";
        var order = await Query(ofReturn, row => row.GetGuid(0), ct, id) is [var orderId]
            ? await Locked(orderId, ct)
            : null;
        var it = order is null ? null : await Returns.Include(r => r.Lines).SingleAsync(r => r.Id == id, ct);
        if (it is null)
            throw RuleException.NotFound();
        it.ShopIds = [.. it.Lines.Select(line => order!.PartOf(it).Line(line.LineId).ShopId)];
        return ReturnSight.Of(it, caller) is not null ? (it, order!) : throw RuleException.NotFound();
    }

    /// <summary>One order, locked until the end of the request, whoever asks. Null when it is not there.</summary>
    public async Task<Order?> Locked(Guid id, CancellationToken ct)
    {
        await Query("select 1 from orders where id = $1 for update", row => 1, ct, id);
        var order = await Orders.Include(o => o.Parts).ThenInclude(part => part.Lines).AsSplitQuery()
            .SingleOrDefaultAsync(o => o.Id == id, ct);
        if (order is null)
            return null;
        foreach (var (line, pieces) in await Query(OrderRows.CountsOf("= $1"), OrderRows.CountOf, ct, id))
            order.Counts.Add(line, pieces);
        return order;
    }

    /// <summary>One order with its parts and lines, to be read. Null when it is not there.</summary>
    public async Task<Order?> Find(Guid id, CancellationToken ct)
    {
        // What was added comes along: two looks into an index that is nearly empty.
        var orders = await Query(
            $"""
            select {OrderRows.Columns}, (select a.order_id from additions a where a.id = o.id),
                   exists (select 1 from additions a where a.order_id = o.id)
              from orders o where o.id = $1
            """,
            row =>
            {
                var order = OrderRows.Order(row);
                (order.AddsTo, order.HasAdditions) = (row.IsDBNull(33) ? null : row.GetGuid(33), row.GetBoolean(34));
                return order;
            },
            ct, id);
        if (orders is [])
            return null;
        var parts = await Query(PartsOf("= $1"), OrderRows.Part, ct, id);
        // What became of the pieces comes along with the lines: no message of its own for what few orders have.
        var lines = await Query(
            $"""
            select {OrderRows.LineColumns}, c.*
              from order_lines left join ({OrderRows.CountsOf("= $1")}) as c on c.counted = id
             where order_id = $1 order by position
            """,
            row => (OrderRows.Line(row), Pieces: row.IsDBNull(21) ? default : OrderRows.CountOf(row, 21).Pieces),
            ct, id);
        var order = Assemble(orders, parts, [.. lines.Select(line => line.Item1)])[0];
        foreach (var (line, pieces) in lines.Where(line => line.Pieces != default))
            order.Counts.Add(line.Id, pieces);
        return order;
    }

    /// <summary>Some orders with their parts and lines, to be read; those that are not there are left out.</summary>
    public async Task<Dictionary<Guid, Order>> Read(Guid[] ids, CancellationToken ct)
    {
        var orders = await Query(
            $"select {OrderRows.Columns} from orders o where o.id = any($1)", OrderRows.Order, ct, ids);
        var parts = await Query(PartsOf("= any($1)"), OrderRows.Part, ct, ids);
        var lines = await Query(LinesOf("= any($1)"), OrderRows.Line, ct, ids);
        return Assemble(orders, parts, lines).ToDictionary(order => order.Id);
    }

    /// <summary>The same, with what became of their pieces.</summary>
    public async Task<IReadOnlyCollection<Order>> ReadWithCounts(Guid[] ids, CancellationToken ct)
    {
        var orders = await Read(ids, ct);
        foreach (var (orderId, lineId, pieces) in await Query(
            OrderRows.CountsOf("= any($1)"), row => (row.GetGuid(6), row.GetGuid(0), OrderRows.CountOf(row).Pieces),
            ct, ids))
            orders[orderId].Counts.Add(lineId, pieces);
        return orders.Values;
    }

    /// <summary>The parcels of an order and what is in them, oldest first.</summary>
    public async Task<(Shipment Shipment, PieceMove[] Pieces)[]> Parcels(Guid orderId, CancellationToken ct)
    {
        var shipments = await Set<Shipment>().Where(s => s.OrderId == orderId).OrderBy(s => s.Id).ToListAsync(ct);
        var moves = (await Set<PieceMove>().AsNoTracking()
            .Where(m => m.OrderId == orderId && m.Kind == PieceMoveKind.Shipped).OrderBy(m => m.Id).ToListAsync(ct))
            .ToLookup(move => move.CauseId);
        return [.. shipments.Select(shipment => (shipment, moves[shipment.Id].ToArray()))];
    }

    /// <summary>
    /// Runs a statement whose <c>$1</c> is ids and whose rows are <see cref="OrderRows.Columns" />; in the same
    /// message it reads the parts of those orders, and the lines of those that this process did not place just now.
    /// </summary>
    public async Task<List<Order>> Take(string sql, Guid[] ids, CancellationToken ct, params object?[] more)
    {
        List<Order> orders = [];
        Ask(sql, rows => Gather(rows, orders, OrderRows.Order), [ids, .. more]);
        List<OrderLine> lines = [];
        List<Guid> others = [];
        foreach (var id in ids)
            if (placedLines.Of(id) is { } placed)
                lines.AddRange(placed);
            else
                others.Add(id);
        if (others is not [])
            Ask(LinesOf("= any($1)"), rows => Gather(rows, lines, OrderRows.Line), others.ToArray());
        var parts = await Query(PartsOf("= any($1)"), OrderRows.Part, ct, ids);
        return Assemble(orders, parts, lines);
    }

    private static string PartsOf(string ids) =>
        $"select {OrderRows.PartColumns} from order_parts where order_id {ids} order by order_id, id";

    private static string LinesOf(string ids) =>
        $"select {OrderRows.LineColumns} from order_lines where order_id {ids} order by order_id, position";

    private static void Gather<T>(NpgsqlDataReader rows, List<T> into, Func<NpgsqlDataReader, T> read)
    {
        while (rows.Read())
            into.Add(read(rows));
    }

    // Parts and lines of orders that the statement did not return are left out.
    private static List<Order> Assemble(List<Order> orders, List<OrderPart> parts, List<OrderLine> lines)
    {
        var orderById = orders.ToDictionary(order => order.Id);
        var partById = new Dictionary<(Guid, Guid), OrderPart>();
        foreach (var part in parts.Where(part => orderById.ContainsKey(part.OrderId)))
        {
            orderById[part.OrderId].Parts.Add(part);
            partById.Add((part.OrderId, part.Id), part);
        }
        foreach (var line in lines)
            if (partById.TryGetValue((line.OrderId, line.PartId), out var part))
                part.Lines.Add(line);
        return orders;
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Order>(order =>
        {
            order.ToTable("orders");
            order.Property(o => o.Number).ValueGeneratedOnAdd();
            order.Property(o => o.Status).HasConversion(status => Words.Of(status), word => Words.Order(word));
            order.Property(o => o.Payments).HasColumnType("jsonb");
            order.HasMany(o => o.Parts).WithOne().HasForeignKey(part => part.OrderId);
            order.HasMany(o => o.Timeline).WithOne().HasForeignKey(entry => entry.OrderId);
            order.HasMany(o => o.Shipments).WithOne().HasForeignKey(shipment => shipment.OrderId);
            order.HasMany(o => o.PieceMoves).WithOne().HasForeignKey(move => move.OrderId);
            order.Ignore(o => o.Counts).Ignore(o => o.AddsTo).Ignore(o => o.HasAdditions);
        });
        modelBuilder.Entity<OrderPart>(part =>
        {
            part.ToTable("order_parts").HasKey(p => new { p.OrderId, p.Id });
            part.Property(p => p.Id).ValueGeneratedNever();
            part.Property(p => p.Status).HasConversion(status => Words.Of(status), word => Words.Part(word));
            part.HasMany(p => p.Lines).WithOne().HasForeignKey(line => new { line.OrderId, line.PartId });
        });
        modelBuilder.Entity<OrderLine>(line =>
        {
            line.ToTable("order_lines").HasKey(l => new { l.OrderId, l.Id });
            line.Property(l => l.Id).ValueGeneratedNever();
        });
        modelBuilder.Entity<Shipment>(shipment =>
        {
            shipment.ToTable("shipments").HasKey(s => new { s.OrderId, s.Id });
            shipment.Property(s => s.Id).ValueGeneratedNever();
        });
        modelBuilder.Entity<PieceMove>(move =>
        {
            move.ToTable("piece_moves").HasKey(m => new { m.OrderId, m.Id });
            move.Property(m => m.Id).UseIdentityAlwaysColumn();
            move.Property(m => m.Kind).HasConversion(kind => Words.Of(kind), word => Words.PieceMove(word));
        });
        modelBuilder.Entity<Return>(it =>
        {
            it.ToTable("returns");
            it.Property(r => r.Status).HasConversion(status => Words.Of(status), word => Words.Return(word));
            it.Ignore(r => r.ShopIds);
            it.HasMany(r => r.Lines).WithOne().HasForeignKey(line => line.ReturnId);
        });
        modelBuilder.Entity<ReturnLine>(line =>
        {
            line.ToTable("return_lines").HasKey(l => new { l.ReturnId, l.LineId });
            line.Property(l => l.LineId).ValueGeneratedNever();
            line.Ignore(l => l.Refund);
        });
        modelBuilder.Entity<TimelineEntry>(entry =>
        {
            entry.ToTable("timeline").HasKey(e => new { e.OrderId, e.Id });
            entry.Property(e => e.Id).UseIdentityAlwaysColumn();
        });
    }
}
