using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Npgsql;
using Souk.Contracts.Identity;
using Souk.Host;
using Souk.Identity;
using Souk.IntegrationTests;
using Souk.IntegrationTests.Carts;
using Souk.IntegrationTests.Split;
using Souk.Platform;

[assembly: AssemblyFixture(typeof(SoukServer))]

namespace Souk.IntegrationTests;

/// <summary>
/// The whole marketplace, once for all tests: the real host with Kestrel on a free port, in this process, on a database of
/// its own. Tests make their own people and things, so that all of them run side by side. With <c>SOUK_SHAPE=split</c> it is
/// the same as separate services behind the gateway, and whoever asks at <see cref="Url" /> must not see a difference.
/// </summary>
/// <remarks>
/// <c>ConnectionStrings__Souk</c> names a server on which databases and roles may be made; <c>./test</c> brings one. Without
/// it the tests are skipped, and in CI they fail. Who uses it says by the trait <c>Shape</c> whether that is meant in
/// <c>both</c> shapes, or in <c>one</c> process only.
/// </remarks>
public sealed class SoukServer : IAsyncLifetime
{
    /// <summary>The deployment's secret in tests.</summary>
    public const string Secret = "an-integration-test-has-no-secrets-at-all";

    private static readonly ConcurrentDictionary<int, bool> PortsGiven = new();

    private readonly SocketsHttpHandler handler = new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = 256,
        AutomaticDecompression = DecompressionMethods.All,
    };

    private readonly ConcurrentDictionary<string, Lazy<Task<Person>>> staff = new(StringComparer.Ordinal);
    private TestDatabase? database;
    private WebApplication? app;
    private Deployment? deployment;
    private ExceptionDispatchInfo? failure;
    private string? missing;

    /// <summary>Whether this run of the tests is against separate services.</summary>
    public static bool IsSplit { get; } = Environment.GetEnvironmentVariable("SOUK_SHAPE") == "split";

    /// <summary>Where the host listens, for example <c>http://127.0.0.1:41234</c>.</summary>
    public Uri Url
    {
        get
        {
            Require();
            return field!;
        }
        private set;
    }

    /// <summary>Where other processes of its deployment would ask it; not as separate services.</summary>
    public Uri Internal
    {
        get
        {
            Require();
            return field!;
        }
        private set;
    }

    /// <summary>The services of the host, for tests of what has no route. Beside separate services it is one that is not started.</summary>
    public IServiceProvider Services
    {
        get
        {
            Require();
            return app.Services;
        }
    }

    /// <summary>The connection of the owner: sees every schema. Tests look with it, they do not change with it what a route can change.</summary>
    public string Owner
    {
        get
        {
            Require();
            return database.Owner;
        }
    }

    /// <summary>Where each replica of a service listens: one may hear of a change a moment before the others.</summary>
    public IReadOnlyList<Uri> Replicas(string service) => deployment?.Replicas(service) ?? [Url];

    /// <summary>A guest: nobody is signed in.</summary>
    public HttpClient Client() => new(handler, disposeHandler: false) { BaseAddress = Url };

    /// <summary>A new customer, registered, verified and signed in.</summary>
    public Task<Person> Buyer() => Register(new() { ["kind"] = "customer" });

    /// <summary>A new company with a shop, approved; its founder, who owns it, signed in.</summary>
    /// <param name="country">Where the company sits.</param>
    public async Task<Person> Seller(string country = "DE")
    {
        var name = $"Company {Guid.CreateVersion7():N}"[..30];
        var seller = await Register(new() { ["kind"] = "company", ["company_name"] = name, ["shop_name"] = name, ["country"] = country });
        await Approve(seller.CompanyId);
        return seller;
    }

    /// <summary>A new operator of warehouses, approved; its founder signed in.</summary>
    public async Task<Person> WarehouseOperator(string country = "DE")
    {
        var name = $"Warehouse {Guid.CreateVersion7():N}"[..30];
        var keeper = await Register(new() { ["kind"] = "warehouse", ["company_name"] = name, ["country"] = country });
        await Approve(keeper.CompanyId);
        return keeper;
    }

    /// <summary>Somebody of the marketplace's own people, made as <c>souk admin create</c> makes them; one for each role is enough for all tests.</summary>
    /// <param name="role"><c>admin</c>, <c>support</c>, <c>finance</c> or <c>content</c>.</param>
    public Task<Person> Staff(string role = "admin")
    {
        Require();
        return staff.GetOrAdd(role, r => new Lazy<Task<Person>>(() => MakeStaff(r))).Value;
    }

    /// <summary>Approves a company, as staff.</summary>
    public async Task Approve(Guid company)
    {
        using var content = JsonContent.Create(new { });
        await Answer(await (await Staff()).PostAsync($"/companies/{company}/approve", content, TestContext.Current.CancellationToken));
    }

    /// <summary>Registers an account, verifies its address as the mail would, and signs in.</summary>
    /// <param name="fields">What <c>POST /auth/register</c> takes besides the address and the password.</param>
    public async Task<Person> Register(Dictionary<string, object?> fields)
    {
        Require();
        var (email, password) = ($"{Guid.CreateVersion7():N}@example.com", $"a password of {Guid.CreateVersion7():N}");
        fields["email"] = email;
        fields["password"] = password;
        var ct = TestContext.Current.CancellationToken;
        using var client = Client();
        var registered = await Answer(await client.PostAsJsonAsync("/auth/register", fields, ct));
        var account = registered.GetProperty("account").GetProperty("id").GetGuid();

        // The link is derived and never stored: it is asked for where the mail asks.
        var request = await Eventually(async () => (await Query(
            """
            select payload ->> 'request_id' from (select type, key, payload from identity.log union all select type, key, payload from identity.outbox) e
             where type = 'EmailVerificationRequested' and key = $1
            """, row => row.GetString(0), account)).FirstOrDefault());
        await using var scope = Services.CreateAsyncScope();
        var link = await scope.ServiceProvider.GetRequiredService<IIdentityApi>().Link(Guid.Parse(request), ct);
        await Answer(await client.PostAsJsonAsync("/auth/verify-email", new { token = link!.Token }, ct));
        return await SignIn(email, password, account, Id(registered, "company_id"), Id(registered, "shop_id"));
    }

    /// <summary>Signs in an account that is there.</summary>
    public async Task<Person> SignIn(string email, string password, Guid accountId = default, Guid companyId = default, Guid shopId = default)
    {
        var signedIn = new SignedInHandler(handler, Url, email, password);
        await signedIn.SignIn(TestContext.Current.CancellationToken);
        return new Person(Url, signedIn) { AccountId = accountId, Email = email, Password = password, CompanyId = companyId, ShopId = shopId };
    }

    /// <summary>All rows of a query, by the owner's connection.</summary>
    public Task<List<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        Require();
        return database.Rows(sql, read, args);
    }

    /// <summary>The first column of the first row of a query, by the owner's connection.</summary>
    public async Task<T> Value<T>(string sql, params object[] args) =>
        (await Query(sql, row => row.GetFieldValue<T>(0), args)).Single();

    /// <summary>Runs a statement by the owner's connection: to plant what no route would do.</summary>
    public Task Execute(string sql, params object[] args) => Query(sql, _ => 0, args);

    /// <summary>The settings of a host on a database, as a process has them in its environment.</summary>
    public static Dictionary<string, string?> Settings(string connectionString, int port) => new()
    {
        ["environment"] = "Development",
        ["ConnectionStrings:Souk"] = connectionString,
        ["Souk:Secret"] = Secret,
        ["Souk:PublicUrl"] = $"http://127.0.0.1:{port}",
        [WebHostDefaults.ServerUrlsKey] = $"http://127.0.0.1:{port}",
        // Every test makes its own people, all of them from one address.
        ["Identity:PasswordIterations"] = "1000",
        ["Identity:HashingQueue"] = "1000",
        ["Identity:NetworkFailuresFree"] = "100000",
        ["Payments:PayerName"] = "Souk GmbH",
        ["Payments:PayerIban"] = "DE89370400440532013000",
    };

    /// <summary>
    /// A loopback port that is free now, and stays so until whoever asked listens there: below those that the system gives
    /// to outgoing connections, and not given before.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(12_000, 32_000);
            if (!PortsGiven.TryAdd(port, true))
                continue;
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
    }

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create(inBothShapes: true);
        if (database is null || (IsSplit && !await Deploy(database)))
            return;
        var port = deployment?.Url.Port ?? FreePort();
        var settings = Settings(database.Owner, port);
        settings["Internal:Urls"] = $"http://127.0.0.1:{FreePort()}";
        var builder = Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new TestLog(database.Name));
        app = Marketplace.Build(builder);
        if (deployment is null)
        {
            await app.Services.Migrate(CancellationToken.None);
            await app.StartAsync();
        }
        (Url, Internal) = (new Uri($"http://127.0.0.1:{port}"), new Uri(settings["Internal:Urls"]!));
        if (deployment is not null)
            await Trade();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        if (deployment is not null)
            await deployment.DisposeAsync();
        handler.Dispose();
        if (database is not null)
            await database.DisposeAsync();
    }

    // What is missing is a reason for each test to be skipped, and none for the run to end.
    private async Task<bool> Deploy(TestDatabase on)
    {
        try
        {
            deployment = await Deployment.Start(on);
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
        return deployment is not null;
    }

    // Eleven processes that all compile what they do for the first time are slower than a buyer waits for the 201: no story
    // begins before some orders, of both replicas of each service, were confirmed in time.
    private async Task Trade()
    {
        try
        {
            var (_, lamp) = await this.Sells(await Seller(), 2000);
            using var guest = Client();
            for (var n = 0; n < 8; n++)
                await Eventually(async () => (await guest.Ask("POST", "/orders", Shop.Order(lamp), Shop.NewKey())).Must(201));
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    private async Task<Person> MakeStaff(string role)
    {
        // Shared by tests: it must not end with the one that asked first.
        var (email, password) = ($"{role}-{Guid.CreateVersion7():N}@example.com", $"a password of {Guid.CreateVersion7():N}");
        var invitation = await Services.GetRequiredService<AdminInvitations>().Create(email, CancellationToken.None, role);
        using var client = Client();
        await Answer(await client.PostAsJsonAsync("/profile/password-reset", new { token = invitation.Token, password }, CancellationToken.None));
        return await SignIn(email, password, invitation.AccountId);
    }

    private static async Task<JsonElement> Answer(HttpResponseMessage answer)
    {
        using (answer)
        {
            var body = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.AbsolutePath}: {(int)answer.StatusCode} {body}");
            return body.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(body);
        }
    }

    private static Guid Id(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetGuid() : Guid.Empty;

    [MemberNotNull(nameof(app), nameof(database))]
    private void Require()
    {
        failure?.Throw();
        if (app is null || database is null)
            TestDatabase.Missing(missing ?? "The host did not start.");
    }
}
