using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Contracts;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Inventory;
using Souk.Inventory.Domain;
using Souk.Inventory.Events;
using Souk.IntegrationTests.Inventory;
using Souk.Platform;

[assembly: AssemblyFixture(typeof(InventoryBed))]

namespace Souk.IntegrationTests.Inventory;

/// <summary>
/// The stock of Inventory on a database of its own, without consumer or timer: a test runs the handlers and jobs itself, in
/// the order, the batches and the number of writers it likes. Its tests run one after the other: the jobs see all offers.
/// </summary>
public sealed class InventoryBed : IAsyncLifetime
{
    private TestDatabase? database;
    private IHost? host;
    private string? missing;

    internal string Owner => database!.Owner;

    internal IServiceProvider Services
    {
        get
        {
            if (host is null)
                TestDatabase.Missing(missing ?? "The database was not made.");
            return host.Services;
        }
    }

    public async ValueTask InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Souk"] = database.Owner,
            ["Souk:Secret"] = SoukServer.Secret,
        });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.AddPlatform();
        new InventoryModule().AddServices(builder);
        host = builder.Build();
        await host.Services.Migrate(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        host?.Dispose();
        if (database is not null)
            await database.DisposeAsync();
    }

    /// <summary>One transaction, as the consumer makes it.</summary>
    internal async Task Batch(Func<InventoryDb, Task> work)
    {
        await using var scope = Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<InventoryDb>();
        db.Work.Start();
        await work(db);
        await db.CommitBatch(TestContext.Current.CancellationToken);
    }

    internal Task Place(params OrderPlaced[] orders) => Batch(db => new OnOrderPlaced(db).Handle(orders, Ct));

    internal Task Confirm(params OrderPlaced[] orders) =>
        Batch(db => new OnOrderConfirmed(db).Handle([.. orders.Select(Confirmed)], Ct));

    internal Task Cancel(params OrderPlaced[] orders) => Batch(db => new OnOrderCancelled(db).Handle(
        [.. orders.Select(o => new OrderCancelled(o.OrderId, null, null, Guid.Empty, "buyer", true, o.Lines))], Ct));

    internal Task Ship(params OrderPlaced[] orders) => Batch(db => new OnPartShipped(
            db, host!.Services.GetRequiredService<ILogger<OnPartShipped>>()).Handle(
        [.. orders.Select(o => new PartShipped(o.OrderId, Guid.CreateVersion7(), Guid.Empty, null, Guid.Empty, null, null, o.Lines))], Ct));

    internal Task Expire() => Batch(db => new Souk.Inventory.Jobs.ExpireReservations(db).Run(Ct));

    internal Task Sweep() => Batch(db => new Souk.Inventory.Jobs.SweepAvailability(db).Run(Ct));

    /// <summary>An order for some offers; two lines of one offer when it is named twice.</summary>
    internal static OrderPlaced Order(params (Guid OfferId, int Quantity)[] lines) => new(
        Guid.CreateVersion7(), "DE", [.. lines.Select(line => new LineQuantity(Guid.CreateVersion7(), line.OfferId, line.Quantity))],
        TimeSpan.FromMinutes(15));

    /// <summary>An offer with so many pieces in each of some warehouses, the first with the lowest priority.</summary>
    internal async Task<(Guid OfferId, Guid[] Warehouses)> Stocked(params long[] pieces)
    {
        var (offerId, company) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var warehouses = pieces.Select(_ => Guid.CreateVersion7()).ToArray();
        await Batch(async db =>
        {
            for (var i = 0; i < warehouses.Length; i++)
                db.Run("""
                    insert into warehouses (id, company_id, name, line1, city, country, priority, is_default, active, created_at, version)
                    values ($1, $2, $3, '', '', 'DE', $4, $5, true, now(), 1)
                    """, warehouses[i], company, $"W{i}", i, i == 0);
            var stock = await LockedStock.Open(db, [.. warehouses.Select(w => (offerId, w))], Ct);
            foreach (var (warehouse, count) in warehouses.Zip(pieces))
                if (count > 0)
                    stock.Move(stock.Shelf(offerId, warehouse)!, count, new MovementNote(MovementKind.In, Reason: "test"));
            stock.Write();
        });
        return (offerId, warehouses);
    }

    internal async Task<List<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var arg in args)
            command.Parameters.Add(new NpgsqlParameter { Value = arg });
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(Ct);
        while (await reader.ReadAsync(Ct))
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>Sells an offer by a rule: what may be sold before it is there, less what is kept back.</summary>
    internal Task Allow(Guid offerId, long allowance) =>
        Batch(async db => (await LockedStock.Of(db, [offerId], Ct)).Allow(offerId, allowance));

    /// <summary>Pieces of an offer that orders wait for.</summary>
    internal async Task<long> Backordered(Guid offerId) => (await Query(
        "select coalesce(sum(backordered), 0)::bigint from inventory.stock where offer_id = $1",
        row => row.GetInt64(0), offerId))[0];

    /// <summary>The counters of an offer over all warehouses.</summary>
    internal async Task<(long OnHand, long Reserved)> Counters(Guid offerId) => (await Query(
        "select coalesce(sum(on_hand), 0)::bigint, coalesce(sum(reserved), 0)::bigint from inventory.stock where offer_id = $1",
        row => (row.GetInt64(0), row.GetInt64(1)), offerId))[0];

    /// <summary>Pieces that warehouses have promised beyond what they have.</summary>
    internal async Task<long> Oversold(Guid offerId) => (await Query(
        "select coalesce(sum(greatest(reserved - on_hand, 0)), 0)::bigint from inventory.stock where offer_id = $1",
        row => row.GetInt64(0), offerId))[0];

    /// <summary>What was published about a key, oldest first.</summary>
    internal async Task<List<T>> Published<T>(Guid key) where T : IEvent => await Query(
        "select payload::text from inventory.log where type = $1 and key = $2 order by pos",
        row => JsonSerializer.Deserialize<T>(row.GetString(0), Json.Events)!, typeof(T).Name, key);

    /// <summary>Which of the orders were reserved; the others were refused. Each got exactly one answer.</summary>
    internal async Task<HashSet<Guid>> ReservedOf(IReadOnlyCollection<Guid> orders)
    {
        var answers = await Query(
            "select key, type from inventory.log where key = any($1) and type in ('StockReserved', 'StockRefused')",
            row => (Order: row.GetGuid(0), Type: row.GetString(1)), orders.ToArray());
        Assert.Equal(orders.Count, answers.Count);
        return [.. answers.Where(answer => answer.Type == nameof(StockReserved)).Select(answer => answer.Order)];
    }

    /// <summary>What must hold at every commit, for the given offers: counters = fold of movements, claims = reservations.</summary>
    internal async Task Balanced(params Guid[] offers)
    {
        var wrong = await Query("""
            select s.offer_id || ' ' || s.on_hand || '/' || s.reserved || '+' || s.backordered
                   || ', movements ' || m.on_hand || '/' || m.reserved || ', reservations ' || r.quantity
              from inventory.stock s
             cross join lateral (select coalesce(sum(on_hand_change), 0) as on_hand, coalesce(sum(reserved_change), 0) as reserved
                                   from inventory.movements m where m.offer_id = s.offer_id and m.warehouse_id = s.warehouse_id) as m
             cross join lateral (select coalesce(sum(quantity), 0) as quantity
                                   from inventory.reservations r where r.offer_id = s.offer_id and r.warehouse_id = s.warehouse_id) as r
             where s.offer_id = any($1) and (s.on_hand <> m.on_hand or s.reserved + s.backordered <> m.reserved
                                             or s.reserved + s.backordered <> r.quantity)
            """, row => row.GetString(0), offers);
        Assert.Empty(wrong);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal static OrderConfirmed Confirmed(OrderPlaced order) => new(
        order.OrderId, "S-1", null, null, Guid.Empty, "EUR", 0,
        [.. order.Lines.Select(line => new OrderedLine(
            line.LineId, line.OfferId, Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, "", "", line.Quantity, 0, 0, 0, 0, 0, 0, "standard", []))],
        [], new OrderAnswer(201, "{}"), order.Country, order.Postcode);
}
