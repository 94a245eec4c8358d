using System.Text.Json;
using Npgsql;
using Souk.Contracts;
using Souk.Contracts.Carts;
using Souk.Contracts.Identity;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Host;
using Souk.IntegrationTests.Orders;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Events;
using Souk.Platform.Security;

[assembly: AssemblyFixture(typeof(OrdersAlone))]

namespace Souk.IntegrationTests.Orders;

/// <summary>
/// The order service without the others: what they would say is put into their logs by the test, so that every order of
/// events can be tried, also those that the others never make.
/// </summary>
public sealed class OrdersAlone : IAsyncLifetime
{
    private TestDatabase? database;
    private WebApplication? app;
    private readonly OutsideWorld world = new();
    private string? missing;
    private Uri? url;

    private WebApplication App => app ?? throw new InvalidOperationException("It did not start.");

    private Uri Url
    {
        get
        {
            if (url is null)
                TestDatabase.Missing(missing!);
            return url;
        }
    }

    public async ValueTask InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        await using (var all = Marketplace.Build(Quiet(SoukServer.Settings(database.Owner, SoukServer.FreePort()))))
            await all.Services.Migrate(CancellationToken.None);
        var port = SoukServer.FreePort();
        var settings = SoukServer.Settings(database.Owner, port);
        settings["roles"] = "orders";
        settings["Orders:PendingMax"] = "00:00:03";
        settings["Orders:CaptureMax"] = "00:00:10";
        var builder = Quiet(settings);
        builder.Services.AddSingleton<IIdentityApi>(world);
        builder.Services.AddSingleton<ICartsApi>(world);
        app = Marketplace.Build(builder);
        await app.StartAsync();
        url = new Uri($"http://127.0.0.1:{port}");
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        world.Dispose();
        if (database is not null)
            await database.DisposeAsync();
    }

    /// <summary>Nobody is signed in; with an order it holds the order's token.</summary>
    public HttpClient Guest(Guid? orderId = null)
    {
        var client = new HttpClient { BaseAddress = Url };
        if (orderId is { } id)
            client.DefaultRequestHeaders.Add("X-Order-Token", App.Services.GetRequiredService<GuestTokens>().Order(id));
        return client;
    }

    /// <summary>An account keeps a contact in this country; answers its id.</summary>
    public Guid Keeps(Guid account, string country)
    {
        var id = Guid.CreateVersion7();
        world.Kept[(id, account)] = OutsideWorld.Card with { Shipping = new PostalAddress("Elm 2", null, "Hamburg", null, "20095", country) };
        return id;
    }

    /// <summary>Who bought it; or anybody else.</summary>
    public HttpClient Buyer(Guid? accountId = null) => world.SignIn(Url, accountId);

    /// <summary>Somebody who may see and manage the orders of these companies.</summary>
    public HttpClient Seller(params Guid[] companies) => world.SignIn(Url, kind: "company", companies: companies);

    /// <summary>Somebody who sells in one shop of a company only.</summary>
    public HttpClient ShopKeeper(Guid company, Guid shop) =>
        world.SignIn(Url, kind: "company", shops: new Dictionary<Guid, Guid> { [company] = shop }, companies: company);

    /// <summary>An offer can be bought; answers its id.</summary>
    public Guid Sells(Guid company, long price, Guid? offer = null, string currency = "EUR")
    {
        var id = offer ?? Guid.CreateVersion7();
        world.Offers[id] = (company, price, currency);
        return id;
    }

    /// <summary>Somebody who keeps other people's goods.</summary>
    public HttpClient Warehouse(Guid company) => world.SignIn(Url, kind: "warehouse", companies: company);

    /// <summary>A program of a company, with a key that this account made for it.</summary>
    public HttpClient Program(Guid accountId, Guid company)
    {
        var key = $"test_{Guid.CreateVersion7():N}";
        world.ApiKeys[key] = new ApiKeyOwner(Guid.CreateVersion7(), accountId, company, [Permissions.OrdersRead, Permissions.OrdersManage]);
        var client = new HttpClient { BaseAddress = Url };
        client.DefaultRequestHeaders.Add("X-Api-Key", key);
        return client;
    }

    /// <summary>One of the marketplace's own people.</summary>
    public HttpClient Staff() => world.SignIn(Url, kind: "staff", everywhere: [Permissions.OrdersRead, Permissions.OrdersManage]);

    /// <summary>An order that was paid for and may be shipped.</summary>
    public async Task<CheckoutStarted> Captured(CheckoutStarted? started = null)
    {
        var checkout = started ?? Checkout();
        await Say(checkout);
        await Heard<OrderPlaced>(checkout.OrderId);
        await Say(new StockReserved(checkout.OrderId, TimeProvider.System.GetUtcNow().AddHours(1)));
        await Heard<PaymentDue>(checkout.OrderId);
        await Say(new PaymentsAuthorized(checkout.OrderId));
        await Heard<OrderConfirmed>(checkout.OrderId);
        await Say(new PaymentCaptured(checkout.OrderId, "EUR", checkout.TotalMinor));
        await Eventually(async () => Assert.NotNull(await Column(checkout.OrderId, "captured_at")));
        return checkout;
    }

    /// <summary>Another service says something: its event stands in its log, as the relay would put it there.</summary>
    public async Task Say(params IEvent[] events)
    {
        if (database is null)
            TestDatabase.Missing(missing!);
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        foreach (var e in events)
        {
            var topic = Subscription.TopicOf(e.GetType());
            await using var append = new NpgsqlCommand($"""
                with t as (update {topic}.topic set next = next + 1 returning next - 1 as pos)
                insert into {topic}.log (pos, id, type, key, payload) select pos, $1, $2, $3, $4 from t
                """, connection);
            append.Parameters.Add(new() { Value = Guid.CreateVersion7() });
            append.Parameters.Add(new() { Value = e.GetType().Name });
            append.Parameters.Add(new() { Value = e.Key });
            append.Parameters.Add(Pg.Jsonb(JsonSerializer.Serialize(e, e.GetType(), Json.Events)));
            await append.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        foreach (var e in events)
            App.Services.GetRequiredService<Signals>().Wake(Subscription.TopicOf(e.GetType()), [e.GetType().Name]);
    }

    /// <summary>What Orders has said about an order, oldest first, by the events' names.</summary>
    public Task<List<string>> Said(Guid orderId) =>
        Rows("select type from orders.log where key = $1 order by pos", row => row.GetString(0), orderId);

    /// <summary>The last event of a kind that Orders published about an order.</summary>
    public async Task<T> Heard<T>(Guid orderId) where T : class, IEvent => await Eventually(async () =>
    {
        var payloads = await Rows(
            "select payload::text from orders.log where key = $1 and type = $2 order by pos desc limit 1", row => row.GetString(0), orderId, typeof(T).Name);
        return payloads is [var payload] ? JsonSerializer.Deserialize<T>(payload, Json.Events) : null;
    });

    /// <summary>One column of the order's row, as text.</summary>
    public async Task<string?> Column(Guid orderId, string column) =>
        (await Rows($"select {column}::text from orders.orders where id = $1", row => row.IsDBNull(0) ? null : row.GetString(0), orderId)).SingleOrDefault();

    /// <summary>Waits until the order stands where it should.</summary>
    public Task Stands(Guid orderId, string status) =>
        Eventually(async () => Assert.Equal(status, await Column(orderId, "status")));

    public Task<List<T>> Rows<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        if (database is null)
            TestDatabase.Missing(missing!);
        return database.Rows(sql, read, args);
    }

    /// <summary>
    /// A checkout of two sellers' lines: 2 at 10.00 and 1 at 5.00, delivery 1.00 each, tax contained.
    /// </summary>
    public static CheckoutStarted Checkout(string method = "card", bool free = false)
    {
        var order = Guid.CreateVersion7();
        var sellers = new[] { Guid.CreateVersion7(), Guid.CreateVersion7() };
        OrderedLine[] lines = [Line(sellers[0], 2, free ? 0 : 1000, free ? 0 : 100), Line(sellers[1], 1, free ? 0 : 500, free ? 0 : 100)];
        var total = lines.Sum(line => line.TotalMinor);
        return new CheckoutStarted(
            order, null, Guid.CreateVersion7(), Guid.CreateVersion7(), "DE", "10115", "EUR", true, lines,
            [.. sellers.Select(seller => new OrderedPart(Guid.CreateVersion7(), seller, Guid.CreateVersion7(), "Parcel"))],
            total, total == 0 ? [] : [new PaymentIntent(Guid.CreateVersion7(), method, "tok", total)], ["TEN, \"quoted\""], null);
    }

    private static OrderedLine Line(Guid company, int quantity, long price, long delivery) => new(
        Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), company, Guid.CreateVersion7(), "SKU",
        "Lamp", quantity, price, 0, 0, delivery, 19, (quantity * price) + delivery, "standard", [Guid.CreateVersion7(), Guid.CreateVersion7()]);

    private static WebApplicationBuilder Quiet(Dictionary<string, string?> settings)
    {
        var builder = Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new TestLog("orders_alone"));
        return builder;
    }
}
