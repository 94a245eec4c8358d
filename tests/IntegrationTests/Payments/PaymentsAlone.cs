using System.Text.Json;
using Npgsql;
using Souk.Contracts;
using Souk.Contracts.Identity;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Host;
using Souk.IntegrationTests.Payments;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Events;
using Souk.Platform.Security;

[assembly: AssemblyFixture(typeof(PaymentsAlone))]

namespace Souk.IntegrationTests.Payments;

/// <summary>
/// The payment service and its gateway without the other services: the tests say what Orders would say, in every order and as
/// often as they like, and look at both books.
/// </summary>
public sealed class PaymentsAlone : IAsyncLifetime
{
    private readonly PaymentsWorld world = new();
    private TestDatabase? database;
    private WebApplication? app;
    private string? missing;
    private int port;

    public IServiceProvider Services => App.Services;

    public string Owner
    {
        get
        {
            _ = App;
            return database!.Owner;
        }
    }

    private WebApplication App
    {
        get
        {
            if (app is null)
                TestDatabase.Missing(missing ?? "The host did not start.");
            return app;
        }
    }

    public async ValueTask InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        await using (var all = Marketplace.Build(Quiet(SoukServer.Settings(database.Owner, SoukServer.FreePort()))))
            await all.Services.Migrate(CancellationToken.None);
        await Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        world.Dispose();
        if (database is not null)
            await database.DisposeAsync();
    }

    /// <summary>Nobody in particular; with an order's token its guest.</summary>
    public HttpClient Client(Guid? orderId = null)
    {
        var client = new HttpClient { BaseAddress = Url };
        if (orderId is { } order)
            client.DefaultRequestHeaders.Add("X-Order-Token", Services.GetRequiredService<GuestTokens>().Order(order));
        return client;
    }

    /// <summary>A buyer who is signed in.</summary>
    public HttpClient Buyer(Guid? accountId = null) => world.SignIn(Url, accountId);

    /// <summary>The marketplace's own people, with every permission.</summary>
    public HttpClient Staff() => world.SignIn(Url, kind: "staff", everywhere: [.. Permissions.All]);

    /// <summary>Somebody of these sellers, who may read payments, refund and ask for payouts.</summary>
    public HttpClient Seller(params Guid[] companies) => world.SignIn(Url, kind: "company", companies: companies);

    private Uri Url
    {
        get
        {
            _ = App;
            return new Uri($"http://127.0.0.1:{port}");
        }
    }

    /// <summary>Orders says something: its events stand in its log, as the relay would put them there.</summary>
    public Task Say(params IEvent[] events) => SayIn(trace: null, events);

    /// <summary>The same, in a trace.</summary>
    public async Task SayIn(string? trace, params IEvent[] events)
    {
        var host = App;
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var append = new NpgsqlCommand("""
            with t as (update orders.topic set next = next + $5 returning next - $5 as pos)
            insert into orders.log (pos, id, type, key, payload, trace)
            select pos + n - 1, id, type, key, payload, $6
              from t, unnest($1::uuid[], $2::text[], $3::uuid[], $4::json[]) with ordinality as u(id, type, key, payload, n)
            """, connection);
        append.Parameters.Add(new() { Value = Array.ConvertAll(events, _ => Guid.CreateVersion7()) });
        append.Parameters.Add(new() { Value = Array.ConvertAll(events, e => e.GetType().Name) });
        append.Parameters.Add(new() { Value = Array.ConvertAll(events, e => e.Key) });
        append.Parameters.Add(Pg.Json(Array.ConvertAll(events, byte[]? (e) => JsonSerializer.SerializeToUtf8Bytes(e, e.GetType(), Json.Events))));
        append.Parameters.Add(new() { Value = (long)events.Length });
        append.Parameters.Add(Pg.Text(trace));
        await append.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        host.Services.GetRequiredService<Signals>().Wake("orders", events.Select(e => e.GetType().Name).Distinct());
    }

    /// <summary>What Payments has said about an order, oldest first, by the events' names.</summary>
    public Task<List<string>> Said(Guid orderId) =>
        Rows("select type from payments.log where key = $1 order by pos", row => row.GetString(0), orderId);

    /// <summary>Waits until Payments has said something about an order.</summary>
    public async Task<T> Heard<T>(Guid orderId, TimeSpan? limit = null) where T : class, IEvent => await Eventually(async () =>
    {
        var payloads = await Rows(
            "select payload::text from payments.log where key = $1 and type = $2 order by pos desc limit 1", row => row.GetString(0), orderId, typeof(T).Name);
        return payloads is [var payload] ? JsonSerializer.Deserialize<T>(payload, Json.Events) : null;
    }, limit);

    /// <summary>Waits until Payments has said that all the money of an order is taken.</summary>
    public Task Captured(PaymentDue due, TimeSpan? limit = null) => Eventually(
        async () => Assert.Equal(due.TotalMinor, (await Heard<PaymentCaptured>(due.OrderId)).CapturedMinor), limit);

    /// <summary>Waits until a payment stands where it should.</summary>
    public Task Stands(Guid paymentId, string status, TimeSpan? limit = null) => Eventually(async () =>
        Assert.Equal(status, (await Rows("select status from payments.payments where id = $1", row => row.GetString(0), paymentId)).SingleOrDefault()), limit);

    /// <summary>The state of a charge in the gateway's own books; null when it has none.</summary>
    public async Task<string?> Charge(Guid paymentId) =>
        (await Rows("select state from gateway_simulator.charges where key = $1", row => row.GetString(0), paymentId)).SingleOrDefault();

    public async Task<T> Value<T>(string sql, params object[] args) => (await Rows(sql, row => row.GetFieldValue<T>(0), args)).Single();

    public Task<List<T>> Rows<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        _ = App;
        return database!.Rows(sql, read, args);
    }

    /// <summary>An order that is paid and captured.</summary>
    public Task<PaymentDue> Sold(params string[] tokens) => Sold(Due(tokens.Length == 0 ? ["tok_success"] : tokens));

    /// <summary>This order, paid and captured.</summary>
    public async Task<PaymentDue> Sold(PaymentDue due)
    {
        await Say(due);
        await Heard<PaymentsAuthorized>(due.OrderId);
        await Say(Confirmed(due));
        await Captured(due);
        return due;
    }

    /// <summary>The balance of an account in one order's entries; debit is positive.</summary>
    public Task<decimal> Balance(Guid orderId, string account) => Value<decimal>(
        "select coalesce(sum(amount_minor), 0) from payments.ledger_entries where order_id = $1 and account = $2", orderId, account);

    /// <summary>The pay step of an order of two sellers: 2 × 10.00 and 1 × 5.00, delivery 1.00 each, taxes contained.</summary>
    /// <param name="tokens">One payment each: <c>tok_…</c> is a card, <c>voucher…</c> a voucher, <c>slip</c> a bank slip.</param>
    public static PaymentDue Due(params string[] tokens)
    {
        OrderedLine[] lines = [Line(Guid.CreateVersion7(), 2, 1000), Line(Guid.CreateVersion7(), 1, 500)];
        var total = lines.Sum(line => line.TotalMinor);
        var each = tokens.Select((_, n) => n == 0 ? total - (100 * (tokens.Length - 1)) : 100).ToArray();
        return new PaymentDue(
            Guid.CreateVersion7(), Guid.CreateVersion7(), "EUR", total,
            [.. tokens.Select((token, n) => new PaymentIntent(Guid.CreateVersion7(), Method(token), token, each[n]))], lines, "https://shop.example/thanks");
    }

    public static OrderConfirmed Confirmed(PaymentDue due) => new(
        due.OrderId, "S-1", null, due.AccountId, Guid.CreateVersion7(), due.Currency, due.TotalMinor, due.Lines,
        [.. due.Lines.Select(line => new OrderedPart(Guid.CreateVersion7(), line.CompanyId, Guid.CreateVersion7(), "Parcel"))], new OrderAnswer(201, "{}"));

    public static OrderCancelled Cancelled(PaymentDue due, bool wasConfirmed = true, string reason = "buyer") => new(
        due.OrderId, null, due.AccountId, Guid.CreateVersion7(), reason, wasConfirmed,
        [.. due.Lines.Select(line => new LineQuantity(line.LineId, line.OfferId, line.Quantity))]);

    public static PartCancelled PartCancelled(PaymentDue due, OrderedLine line) => new(
        due.OrderId, Guid.CreateVersion7(), line.CompanyId, due.AccountId, Guid.CreateVersion7(), "seller",
        [new LineQuantity(line.LineId, line.OfferId, line.Quantity)], line.TotalMinor);

    public static PartDelivered Delivered(PaymentDue due, OrderedLine line) => new(
        due.OrderId, Guid.CreateVersion7(), line.CompanyId,
        [new LineQuantity(line.LineId, line.OfferId, line.Quantity)]);

    public static OrderAwaitsPayment Awaits(PaymentDue due, TimeSpan left) =>
        new(due.OrderId, TimeProvider.System.GetUtcNow() + left, new OrderAnswer(202, "{}"));

    private static string Method(string token) =>
        token.StartsWith("voucher", StringComparison.Ordinal) ? "voucher" : token == "slip" ? "bank_slip" : "card";

    private static OrderedLine Line(Guid company, int quantity, long price) => new(
        Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), company, Guid.CreateVersion7(), "SKU", "Lamp", quantity,
        price, 0, 0, 100, 19, (quantity * price) + 100, "standard", []);

    private async Task Start()
    {
        port = SoukServer.FreePort();
        var settings = SoukServer.Settings(database!.Owner, port);
        settings["roles"] = "payments";
        settings["Payments:GatewayTimeout"] = "00:00:00.500";
        settings["Payments:PayoutHoldback"] = "00:00:00";
        var builder = Quiet(settings);
        builder.Services.AddSingleton<IIdentityApi>(world);
        app = Marketplace.Build(builder);
        await app.StartAsync();
    }

    private async Task Stop()
    {
        if (app is null)
            return;
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static WebApplicationBuilder Quiet(Dictionary<string, string?> settings)
    {
        var builder = Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new TestLog("payments_alone"));
        return builder;
    }
}
