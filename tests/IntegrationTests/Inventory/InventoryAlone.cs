using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;
using Souk.Contracts.Catalog;
using Souk.Contracts.Identity;
using Souk.Host;
using Souk.Inventory;
using Souk.Inventory.Events;
using Souk.IntegrationTests.Inventory;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

[assembly: AssemblyFixture(typeof(InventoryAlone))]

namespace Souk.IntegrationTests.Inventory;

/// <summary>
/// Inventory as a process of its own: its routes, consumer and jobs, without the other services. Identity is a key ring, and
/// Catalog knows the offers the test says it knows.
/// </summary>
public sealed class InventoryAlone : IAsyncLifetime, IIdentityApi, ICatalogApi
{
    private const string Kid = "test";

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<Guid, OfferChanged> catalog = [];
    private TestDatabase? database;
    private WebApplication? app;
    private string? missing;

    internal string Owner => database!.Owner;

    internal WebApplication App
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
        var settings = SoukServer.Settings(database.Owner, SoukServer.FreePort());
        settings["roles"] = "inventory";
        var builder = Quiet(settings);
        builder.Services.AddSingleton<IIdentityApi>(this).AddSingleton<ICatalogApi>(this);
        app = Marketplace.Build(builder);
        await app.StartAsync();
    }

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

    internal HttpClient Guest() => new() { BaseAddress = new Uri(App.Urls.First()) };

    /// <summary>A member of the companies, who may do with stock what an owner may.</summary>
    internal HttpClient Seller(params Guid[] companies) => SignedIn("company", [], companies);

    internal HttpClient Staff() => SignedIn("staff", Permissions.All, []);

    internal HttpClient SignedIn(string kind, IReadOnlyList<string> permissions, Guid[] companies, params string[] inCompanies)
    {
        if (inCompanies.Length == 0)
            inCompanies = [Permissions.StockRead, Permissions.StockManage, Permissions.WarehousesManage];
        var options = App.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<TokenOptions>>().Value;
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var token = new AccessToken(
            options.Issuer, options.Audience, Guid.CreateVersion7(), Guid.CreateVersion7(), now, now, now + 300, kind, permissions,
            companies.ToDictionary(company => company, _ => 0), companies.Length == 0 ? [] : [inCompanies]);
        var client = Guest();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Sign(key, Kid));
        return client;
    }

    /// <summary>A company that Inventory has heard of.</summary>
    internal async Task<Guid> Company(string kind = "seller")
    {
        var id = Guid.CreateVersion7();
        await Run(db => new OnCompanyChanged(db).Handle([new CompanyChanged(id, kind, "Test & Sons", "NL", "approved", 1)], Ct));
        return id;
    }

    /// <summary>An offer of a company; of a product of its own unless one is given.</summary>
    internal async Task<OfferChanged> Offer(Guid company, Guid? product = null, bool heardOf = true)
    {
        var offer = new OfferChanged(
            Guid.CreateVersion7(), product ?? Guid.CreateVersion7(), Guid.CreateVersion7(), company, Guid.CreateVersion7(),
            $"SKU-{Guid.CreateVersion7().ToString()[^8..]}", "Lamp / red", 1999, "EUR", null, "standard", [], null, true, 1);
        catalog[offer.OfferId] = offer;
        if (heardOf)
            await Run(db => new OnOfferChanged(db).Handle([offer], Ct));
        return offer;
    }

    internal Task Run(Func<InventoryDb, Task> work) => App.Services.GetRequiredService<Writes>().Run(work, Ct);

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

    /// <summary>The body of an answer that has this status.</summary>
    internal static async Task<JsonElement> Body(HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    internal static async Task<JsonElement> Get(HttpClient client, string path, int status = 200) => await Body(await client.GetAsync(path, Ct), status);

    internal static async Task<JsonElement> Put(HttpClient client, string path, object body, int status = 200) =>
        await Body(await client.PutAsJsonAsync(path, body, Ct), status);

    internal static async Task<JsonElement> Post(HttpClient client, string path, object body, int status = 201) =>
        await Body(await client.PostAsJsonAsync(path, body, Ct), status);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static WebApplicationBuilder Quiet(Dictionary<string, string?> settings)
    {
        var builder = Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        return builder;
    }

    Task<IReadOnlyList<VerificationKey>> IIdentityApi.Keys(CancellationToken ct)
    {
        var point = key.ExportParameters(false).Q;
        return Task.FromResult<IReadOnlyList<VerificationKey>>(
            [new VerificationKey(Kid, WebEncoders.Base64UrlEncode(point.X!), WebEncoders.Base64UrlEncode(point.Y!))]);
    }

    Task<Revocations> IIdentityApi.Revocations(long after, CancellationToken ct) => Task.FromResult(new Revocations(after, []));

    Task<Addressee?> IIdentityApi.Account(Guid accountId, CancellationToken ct) => throw new NotSupportedException();

    Task<IReadOnlyList<Addressee>> IIdentityApi.Members(Guid companyId, string permission, CancellationToken ct) => throw new NotSupportedException();

    Task<MailedLink?> IIdentityApi.Link(Guid requestId, CancellationToken ct) => throw new NotSupportedException();

    Task<ApiKeyOwner?> IIdentityApi.ApiKey(string key, CancellationToken ct) => Task.FromResult<ApiKeyOwner?>(null);

    Task<IReadOnlyList<OfferChanged>> ICatalogApi.Offers(Guid[] offerIds, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<OfferChanged>>([.. offerIds.Where(catalog.ContainsKey).Select(id => catalog[id])]);

    Task<IReadOnlyList<OfferChanged>> ICatalogApi.OffersOfProduct(Guid productId, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<OfferChanged>>([.. catalog.Values.Where(offer => offer.ProductId == productId)]);
}
