using System.Text.Json;
using Npgsql;
using Souk.Contracts;
using Souk.Contracts.Orders;
using Souk.Host;
using Souk.IntegrationTests.Payments;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Events;

[assembly: AssemblyFixture(typeof(PaymentsAlone))]

namespace Souk.IntegrationTests.Payments;

/// <summary>
/// The payment service and its gateway without the other services: the tests say what Orders would say, in every order and as
/// often as they like, and look at both books.
/// </summary>
public sealed class PaymentsAlone : IAsyncLifetime
{
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
        if (database is not null)
            await database.DisposeAsync();
    }

    public HttpClient Client() => new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

    /// <summary>Orders says something: its events stand in its log, as the relay would put them there.</summary>
    public async Task Say(params IEvent[] events)
    {
        var host = App;
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var append = new NpgsqlCommand("""
            with t as (update orders.topic set next = next + $5 returning next - $5 as pos)
            insert into orders.log (pos, id, type, key, payload)
            select pos + n - 1, id, type, key, payload
              from t, unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[]) with ordinality as u(id, type, key, payload, n)
            """, connection);
        append.Parameters.Add(new() { Value = Array.ConvertAll(events, _ => Guid.CreateVersion7()) });
        append.Parameters.Add(new() { Value = Array.ConvertAll(events, e => e.GetType().Name) });
        append.Parameters.Add(new() { Value = Array.ConvertAll(events, e => e.Key) });
        append.Parameters.Add(Pg.Jsonb(Array.ConvertAll(events, string? (e) => JsonSerializer.Serialize(e, e.GetType(), Json.Events))));
        append.Parameters.Add(new() { Value = (long)events.Length });
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

    /// <summary>Waits until a payment stands where it should.</summary>
    public Task Stands(Guid paymentId, string status, TimeSpan? limit = null) => Eventually(async () =>
        Assert.Equal(status, (await Rows("select status from payments.payments where id = $1", row => row.GetString(0), paymentId)).SingleOrDefault()), limit);

    /// <summary>The state of a charge in the gateway's own books; null when it has none.</summary>
    public async Task<string?> Charge(Guid paymentId) =>
        (await Rows("select state from gateway_simulator.charges where key = $1", row => row.GetString(0), paymentId)).SingleOrDefault();

    public async Task<T> Value<T>(string sql, params object[] args) => (await Rows(sql, row => row.GetFieldValue<T>(0), args)).Single();

    public async Task<List<T>> Rows<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var arg in args)
            command.Parameters.Add(new() { Value = arg });
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            rows.Add(read(reader));
        return rows;
    }

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
        app = Marketplace.Build(Quiet(settings));
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
