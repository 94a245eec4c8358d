using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Souk.Host;
using Souk.IntegrationTests;
using Souk.Platform;

[assembly: AssemblyFixture(typeof(SoukServer))]

namespace Souk.IntegrationTests;

/// <summary>
/// The whole marketplace, once for all tests: the real host with Kestrel on a free port, in this process, on a database of
/// its own. Tests make their own people and things, so that all of them run side by side.
/// </summary>
/// <remarks>
/// <c>ConnectionStrings__Souk</c> names a server on which databases and roles may be made; <c>./test</c> brings one. Without
/// it the tests are skipped, and in CI they fail.
/// </remarks>
public sealed class SoukServer : IAsyncLifetime
{
    /// <summary>The deployment's secret in tests.</summary>
    public const string Secret = "an-integration-test-has-no-secrets-at-all";

    private readonly SocketsHttpHandler handler = new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = 256,
        AutomaticDecompression = DecompressionMethods.All,
    };

    private TestDatabase? database;
    private WebApplication? app;
    private string? missing;

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

    /// <summary>The services of the host, for tests of what has no route.</summary>
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

    /// <summary>A guest: nobody is signed in.</summary>
    public HttpClient Client() => new(handler, disposeHandler: false) { BaseAddress = Url };

    /// <summary>All rows of a query, by the owner's connection.</summary>
    public async Task<List<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var arg in args)
            command.Parameters.Add(new NpgsqlParameter { Value = arg });
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            rows.Add(read(reader));
        return rows;
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
        // Tests hurry: all of them come from one address.
        ["RateLimits:Enabled"] = "false",
    };

    /// <summary>A loopback port that is free now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        var port = FreePort();
        var builder = Marketplace.Prepare(Settings(database.Owner, port));
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new TestLog(database.Name));
        app = Marketplace.Build(builder);
        await app.Services.Migrate(CancellationToken.None);
        await app.StartAsync();
        Url = new Uri($"http://127.0.0.1:{port}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        handler.Dispose();
        if (database is not null)
            await database.DisposeAsync();
    }

    [MemberNotNull(nameof(app), nameof(database))]
    private void Require()
    {
        if (app is null || database is null)
            TestDatabase.Missing(missing ?? "The host did not start.");
    }
}
