using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;
using Souk.Contracts.Carts;
using Souk.Contracts.Identity;
using Souk.Host;
using Souk.IntegrationTests.Notifications;
using Souk.Notifications;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

[assembly: AssemblyFixture(typeof(NotificationsAlone))]

namespace Souk.IntegrationTests.Notifications;

/// <summary>Notifications as a process of its own. Who people are, the test says in place of Identity and Carts.</summary>
public sealed class NotificationsAlone : IAsyncLifetime, IIdentityApi, ICartsApi
{
    /// <summary>What its bounces are signed with.</summary>
    internal const string BounceSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private const string Kid = "test";

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<Guid, object> known = [];
    private readonly ConcurrentDictionary<(Guid Member, string Permission), bool> refused = [];

    /// <summary>Languages that buyers gave with their orders, by contact.</summary>
    internal ConcurrentDictionary<Guid, string> Locales { get; } = [];

    private TestDatabase? database;
    private WebApplication? app;
    private string? missing;

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
        app = await Start(database, ("Mail:BounceSecret", BounceSecret));
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

    /// <summary>Another process, with other settings.</summary>
    internal async Task<WebApplication> Start(TestDatabase on, params (string Name, string Value)[] more)
    {
        await using (var all = Marketplace.Build(Quiet(SoukServer.Settings(on.Owner, SoukServer.FreePort()))))
            await all.Services.Migrate(CancellationToken.None);
        var settings = SoukServer.Settings(on.Owner, SoukServer.FreePort());
        settings["roles"] = "notifications";
        foreach (var (name, value) in more)
            settings[name] = value;
        var builder = Quiet(settings);
        builder.Services.AddSingleton<IIdentityApi>(this).AddSingleton<ICartsApi>(this);
        var started = Marketplace.Build(builder);
        await started.StartAsync();
        return started;
    }

    /// <summary>Somebody with a name and an address of their own; the id names them to Notifications.</summary>
    internal (Guid Id, string Email) Person(string name = "Anna Lind", string locale = "en")
    {
        var id = Guid.CreateVersion7();
        var email = $"p{id:N}@example.com";
        known[id] = new Addressee(email, name, locale, id);
        return (id, email);
    }

    /// <summary>Their address is another one from now on.</summary>
    internal void Move(Guid id, string email) => known[id] = Find(id)! with { Email = email };

    /// <summary>A company of these people.</summary>
    internal Guid Company(params Guid[] members)
    {
        var id = Guid.CreateVersion7();
        known[id] = members;
        return id;
    }

    /// <summary>Somebody's client: of an account, with the permission to see orders of these companies.</summary>
    internal HttpClient As(Guid account, params Guid[] companies) => SignedIn(account, "customer", [], companies);

    /// <summary>Their client, when they may this in the company and nothing else.</summary>
    internal HttpClient Member(Guid account, Guid company, string permission) =>
        SignedIn(account, "customer", [], [company], permission);

    /// <summary>Somebody may not do this in their company; the others may all.</summary>
    internal void MayNot(Guid member, string permission) => refused[(member, permission)] = true;

    internal void Forget(Guid id) => known.TryRemove(id, out _);

    internal Task Run(Func<NotificationsDb, Queue, Task> work, WebApplication? on = null) =>
        RunOn((on ?? App).Services, work);

    private static async Task RunOn(IServiceProvider services, Func<NotificationsDb, Queue, Task> work)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<NotificationsDb>();
        db.Work.Start();
        await work(db, scope.ServiceProvider.GetRequiredService<Queue>());
        await db.CommitBatch(Ct);
    }

    internal HttpClient Guest() => new() { BaseAddress = new Uri(App.Urls.First()) };

    internal HttpClient Staff(params string[] permissions) =>
        SignedIn(Guid.CreateVersion7(), "staff", permissions.Length == 0 ? Permissions.All : permissions, []);

    private HttpClient SignedIn(Guid account, string kind, IReadOnlyList<string> permissions, Guid[] companies,
        string inCompanies = Permissions.OrdersRead)
    {
        var options = App.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<TokenOptions>>().Value;
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var token = new AccessToken(
            options.Issuer, options.Audience, account, Guid.CreateVersion7(), now, now, now + 300, kind, permissions,
            companies.ToDictionary(company => company, _ => 0),
            companies.Length == 0 ? [] : [[inCompanies]]);
        var client = Guest();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Sign(key, Kid));
        return client;
    }

    /// <summary>The mails of an address in the mailbox, newest first, once there are as many.</summary>
    internal async Task<List<JsonElement>> Mails(string email, int count)
    {
        List<JsonElement> mails = [];
        await Eventually(async () =>
        {
            mails = [.. (await Guest().GetFromJsonAsync<JsonElement>($"/mailbox.json?to={email}", Ct)).GetProperty("data").EnumerateArray()];
            Assert.Equal(count, mails.Count);
        });
        return mails;
    }

    internal async Task<List<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        await using var connection = new NpgsqlConnection(database!.Owner);
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

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static WebApplicationBuilder Quiet(Dictionary<string, string?> settings)
    {
        var builder = Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        return builder;
    }

    private Addressee? Find(Guid id) => known.TryGetValue(id, out var found) ? found as Addressee : null;

    Task<IReadOnlyList<VerificationKey>> IIdentityApi.Keys(CancellationToken ct)
    {
        var point = key.ExportParameters(false).Q;
        return Task.FromResult<IReadOnlyList<VerificationKey>>(
            [new VerificationKey(Kid, WebEncoders.Base64UrlEncode(point.X!), WebEncoders.Base64UrlEncode(point.Y!))]);
    }

    Task<Revocations> IIdentityApi.Revocations(long after, CancellationToken ct) => Task.FromResult(new Revocations(after, []));

    Task<Addressee?> IIdentityApi.Account(Guid accountId, CancellationToken ct) => Task.FromResult(Find(accountId));

    Task<IReadOnlyList<Addressee>> IIdentityApi.Members(Guid companyId, string permission, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<Addressee>>(known.GetValueOrDefault(companyId) switch
        {
            Guid[] members =>
            [
                .. members.Where(member => !refused.ContainsKey((member, permission))).Select(Find).OfType<Addressee>(),
            ],
            // A company of one, who has its id: most tests do not care.
            Addressee member => [member],
            _ => [],
        });

    Task<MailedLink?> IIdentityApi.Link(Guid requestId, CancellationToken ct) => Task.FromResult(
        Find(requestId) is { } to ? new MailedLink(to, $"https://souk.example/go#token={requestId:N}", $"{requestId:N}", "Lind & Sons") : null);

    Task<ApiKeyOwner?> IIdentityApi.ApiKey(string key, CancellationToken ct) => Task.FromResult<ApiKeyOwner?>(null);

    Task<ContactCard?> ICartsApi.KeptContact(Guid contactId, Guid accountId, CancellationToken ct) => Task.FromResult<ContactCard?>(null);

    Task<PricedAddition?> ICartsApi.PriceAddition(WantedAddition wanted, CancellationToken ct) =>
        Task.FromResult<PricedAddition?>(null);

    Task<ContactCard?> ICartsApi.Contact(Guid contactId, CancellationToken ct) => Task.FromResult(Find(contactId) is { } to
        ? new ContactCard(to.Name, to.Email, null, new PostalAddress("Street 1", null, "City", null, "1000", "NL"),
            null, Locales.GetValueOrDefault(contactId))
        : null);
}
