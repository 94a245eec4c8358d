using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Souk.Catalog;
using Souk.Catalog.Events;
using Souk.Contracts;
using Souk.Contracts.Catalog;
using Souk.Contracts.Identity;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Host;
using Souk.IntegrationTests.Catalog;
using Souk.Platform;
using Souk.Platform.Security;

[assembly: AssemblyFixture(typeof(CatalogBed))]

namespace Souk.IntegrationTests.Catalog;

/// <summary>
/// The catalogue behind HTTP on a database of its own. What Identity and Inventory would say is said by the test, in the order
/// and at the moment it likes; who calls is said by tokens that a key of the test signs.
/// </summary>
public sealed class CatalogBed : IAsyncLifetime
{
    private const string Kid = "test";
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private TestDatabase? database;
    private WebApplication? app;
    private string? missing;
    private Uri? url;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A guest.</summary>
    public HttpClient Client()
    {
        if (app is null)
            TestDatabase.Missing(missing ?? "The host did not start.");
        return new HttpClient { BaseAddress = url };
    }

    /// <summary>Somebody of the marketplace's own people.</summary>
    public HttpClient Staff() => SignedIn([Permissions.CatalogManage, Permissions.ProductsManage], []);

    /// <summary>A member of a new approved company with one shop.</summary>
    internal async Task<Seller> Seller(string status = "approved", int shops = 1)
    {
        var company = Guid.CreateVersion7();
        var shopIds = Enumerable.Range(0, shops).Select(_ => Guid.CreateVersion7()).ToArray();
        await Company(company, status, version: 1);
        foreach (var shop in shopIds)
            await Shop(shop, company, "active", version: 1);
        return new Seller(SignedIn([], [company]), company, shopIds);
    }

    /// <summary>A member of several companies.</summary>
    internal HttpClient SignedIn(string[] permissions, Guid[] companies)
    {
        var client = Client();
        var now = DateTimeOffset.UnixEpoch.AddMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).ToUnixTimeSeconds();
        var token = new AccessToken(
            "souk", "souk", Guid.CreateVersion7(), Guid.CreateVersion7(), now, now, now + 300, "company", permissions,
            companies.ToDictionary(company => company, _ => 0), [[Permissions.ProductsManage]]);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Sign(key, Kid));
        return client;
    }

    internal Task Company(Guid id, string status, long version) =>
        Batch(db => new OnCompanyChanged(db).Handle(new CompanyChanged(id, "seller", "Anna", "DE", status, version), Ct));

    internal Task Shop(Guid id, Guid company, string status, long version, string name = "Anna's lamps") =>
        Batch(db => new OnShopChanged(db).Handle(new ShopChanged(id, company, name, $"shop-{id:N}", status, version), Ct));

    internal Task Available(params (Guid OfferId, long Available, long Version)[] states) =>
        Batch(db => new OnAvailabilityChanged(db).Handle([.. states.Select(s => new AvailabilityChanged(s.OfferId, s.Available, s.Version))], Ct));

    /// <summary>One transaction, as the consumer makes it.</summary>
    internal async Task Batch(Func<CatalogDb, Task> work)
    {
        if (app is null)
            TestDatabase.Missing(missing ?? "The host did not start.");
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CatalogDb>();
        db.Work.Start();
        await work(db);
        await db.CommitBatch(Ct);
    }

    /// <summary>What Orders says when pieces were sold.</summary>
    internal Task Sold(Guid productId, int pieces)
    {
        var line = new OrderedLine(
            Guid.CreateVersion7(), Guid.CreateVersion7(), productId, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), "", "",
            pieces, 0, 0, 0, 0, 0, 0, "", []);
        return Batch(db => new OnOrderConfirmed(db).Handle(
            [new OrderConfirmed(Guid.CreateVersion7(), "", null, null, Guid.Empty, "EUR", 0, [line], [], new OrderAnswer(201, ""))], Ct));
    }

    /// <summary>What other services ask.</summary>
    internal ICatalogApi Api => app!.Services.GetRequiredService<ICatalogApi>();

    internal async Task<Guid> TagId(string name) => (await Query("select id from catalog.tags where name = $1", row => row.GetGuid(0), name)).Single();

    internal Task<List<string>> Audited(Guid id) =>
        Query("select action from catalog.audit where entity_id = $1 order by id", row => row.GetString(0), id);

    /// <summary>The events of a key that the catalogue published, oldest first.</summary>
    internal async Task<List<T>> Published<T>(Guid eventKey) where T : IEvent
    {
        var payloads = await Query("""
            select payload::text from (
                select payload, pos as n, 0 as part from catalog.log where key = $1 and type = $2
                union all select payload, seq, 1 from catalog.outbox where key = $1 and type = $2) e order by part, n
            """, row => row.GetString(0), eventKey, typeof(T).Name);
        return [.. payloads.Select(payload => JsonSerializer.Deserialize<T>(payload, Json.Events)!)];
    }

    /// <summary>Changes rows behind the program's back.</summary>
    internal Task Execute(string sql, params object[] args) => Query(sql, _ => 0, args);

    private async Task<List<T>> Query<T>(string sql, Func<Npgsql.NpgsqlDataReader, T> read, params object[] args)
    {
        await using var connection = new Npgsql.NpgsqlConnection(database!.Owner);
        await connection.OpenAsync(Ct);
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        foreach (var arg in args)
            command.Parameters.Add(new() { Value = arg });
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(Ct);
        while (await reader.ReadAsync(Ct))
            rows.Add(read(reader));
        return rows;
    }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        (app, url) = Build(database, database.Name);
        await app.Services.Migrate(CancellationToken.None);
        await app.StartAsync();
    }

    /// <summary>Another process of the catalogue on the same database, as far as one process can play it: it shares nothing but that.</summary>
    /// <param name="more">Settings of it alone.</param>
    internal async Task<Replica> Replica(IReadOnlyDictionary<string, string?>? more = null)
    {
        _ = Client();
        var (other, otherUrl) = Build(database!, database!.Name + "_replica", more);
        await other.StartAsync();
        return new Replica(other, new HttpClient { BaseAddress = otherUrl });
    }

    private (WebApplication App, Uri Url) Build(
        TestDatabase on, string log, IReadOnlyDictionary<string, string?>? more = null)
    {
        var port = SoukServer.FreePort();
        var settings = SoukServer.Settings(on.Owner, port);
        settings["Souk:PicturesPerCompanyMax"] = "22"; // A test can reach it, and a product's 20 before.
        foreach (var (key, value) in more ?? new Dictionary<string, string?>())
            settings[key] = value;
        var builder = Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new TestLog(log));
        builder.Services.RemoveAll<IIdentityApi>();
        builder.Services.AddSingleton<IIdentityApi>(new Keys(key));
        return (Marketplace.Build(builder), new Uri($"http://127.0.0.1:{port}"));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        if (database is not null)
            await database.DisposeAsync();
        key.Dispose();
    }

    /// <summary>Identity, as far as the catalogue's tests need it: its public key.</summary>
    private sealed class Keys(ECDsa key) : IIdentityApi
    {
        Task<IReadOnlyList<VerificationKey>> IIdentityApi.Keys(CancellationToken ct)
        {
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            return Task.FromResult<IReadOnlyList<VerificationKey>>(
                [new VerificationKey(Kid, Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y))]);
        }

        Task<Revocations> IIdentityApi.Revocations(long after, CancellationToken ct) => Task.FromResult(new Revocations(after, []));

        Task<Addressee?> IIdentityApi.Account(Guid accountId, CancellationToken ct) => Task.FromResult<Addressee?>(null);

        Task<IReadOnlyList<Addressee>> IIdentityApi.Members(Guid companyId, string permission, CancellationToken ct) => Task.FromResult<IReadOnlyList<Addressee>>([]);

        Task<MailedLink?> IIdentityApi.Link(Guid requestId, CancellationToken ct) => Task.FromResult<MailedLink?>(null);

        Task<ApiKeyOwner?> IIdentityApi.ApiKey(string key, CancellationToken ct) => Task.FromResult<ApiKeyOwner?>(null);
    }
}

/// <summary>A second process of the catalogue.</summary>
internal sealed record Replica(WebApplication App, HttpClient Http) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}

/// <summary>Somebody who sells.</summary>
internal sealed record Seller(HttpClient Http, Guid CompanyId, Guid[] ShopIds)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A published product with one offer.</summary>
    public async Task<Sold> Sells(string name, long price = 4990, long stock = 5, object? more = null)
    {
        var body = JsonSerializer.SerializeToNode(new { name, price = new { amount = price, currency = "EUR" }, stock })!.AsObject();
        foreach (var (member, value) in more is null ? [] : JsonSerializer.SerializeToNode(more)!.AsObject())
            body[member] = value?.DeepClone();
        var answer = await Http.PostAsJsonAsync("/products", body, Ct);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Ct));
        var product = await answer.Json();
        return new Sold(product.Id("id"), product.GetProperty("offers").EnumerateArray().Select(offer => offer.Id("id")).ToArray());
    }
}

/// <summary>A product on sale.</summary>
internal sealed record Sold(Guid Id, Guid[] OfferIds)
{
    public Guid OfferId => OfferIds.Single();
}

internal static class Answers
{
    public static async Task<JsonElement> Json(this HttpResponseMessage answer) =>
        await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    public static async Task<JsonElement> GetJson(this HttpClient http, string path)
    {
        var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return await answer.Json();
    }

    public static Guid Id(this JsonElement json, string member) => json.GetProperty(member).GetGuid();

    public static string Text(this JsonElement json, string member) => json.GetProperty(member).GetString()!;

    /// <summary>The answer is a problem with this status and code.</summary>
    public static async Task Refuses(this Task<HttpResponseMessage> request, int status, string code)
    {
        var answer = await request;
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode} instead of {status}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString());
    }
}
