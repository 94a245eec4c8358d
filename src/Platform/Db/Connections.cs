using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Platform.Security;

namespace Souk.Platform.Db;

/// <summary>
/// Where each service's database is: <c>ConnectionStrings:Orders</c>, or <c>ConnectionStrings:Souk</c> for all that have none of
/// their own, is the connection of the owner, who migrates and makes a login role for the service; by that role the service
/// connects. Where the owner may not make roles, <c>ConnectionStrings:OrdersLogin</c> is how the service connects.
/// </summary>
public sealed class Connections(IConfiguration configuration, Secrets secrets, ILoggerFactory loggers)
{
    // Enough for a batch of waiting requests, few enough that all services of several processes fit max_connections.
    /// <summary>What <see cref="PoolSizeMax" /> is where nothing is set and the server allows it.</summary>
    public const int PoolSizeDefault = 24;

    /// <summary>
    /// What PostgreSQL says when it ended a transaction that did nothing for too long, as that of a process that was stopped
    /// for a while. Npgsql has no name for it.
    /// </summary>
    internal const string IdleInTransaction = "25P03";

    // A source each, without a pool: it gives a connection its name in the metrics, where else the whole text would stand.
    private readonly ConcurrentDictionary<string, NpgsqlDataSource> held = new(StringComparer.Ordinal);

    /// <summary>How many connections one service of this process opens at most, besides those it holds for good.</summary>
    public int PoolSizeMax => configuration.GetValue("Souk:PoolSizeMax", PoolSizeDefault);

    /// <summary>Whether a service has a database at all.</summary>
    public static bool Has(IConfiguration configuration, string service) =>
        (Login(configuration, service) ?? OwnerOf(configuration, service)) is not null;

    /// <summary>A connection to the database of a service, the owner's or that of its own login.</summary>
    public static string Any(IConfiguration configuration, string service) =>
        Login(configuration, service) ?? OwnerOf(configuration, service) ?? throw Unset();

    /// <summary>The database of a service as it is configured, to compare it with others'; null where it has none.</summary>
    public static string? DatabaseOf(IConfiguration configuration, string service)
    {
        if ((Login(configuration, service) ?? OwnerOf(configuration, service)) is not { } text)
            return null;
        var builder = new NpgsqlConnectionStringBuilder(text);
        return $"{builder.Host}:{builder.Port}/{builder.Database}";
    }

    /// <summary>The connection that migrates a service: it owns the objects and makes the role.</summary>
    /// <exception cref="InvalidOperationException">It is not configured.</exception>
    public string Owner(string service) =>
        OwnerOf(configuration, service) ?? throw Unset();

    /// <summary>Whether the owner makes the role of a service; else it is there.</summary>
    public bool MakesRole(string service) => Login(configuration, service) is null;

    /// <summary>The login role of a service.</summary>
    public string Role(string service) => Login(configuration, service) is { } login
        ? new NpgsqlConnectionStringBuilder(login).Username
            ?? throw new InvalidOperationException($"ConnectionStrings:{service}Login names no Username.")
        : $"{new NpgsqlConnectionStringBuilder(Owner(service)).Database}_{service}";

    /// <summary>The password of a service's role where it was derived.</summary>
    public string Password(string service) => Convert.ToHexStringLower(secrets.Key("db:" + service));

    /// <summary>The connection string of a service: its role, its schema first on the search path, its time limits.</summary>
    public string StringFor(string service)
    {
        var login = Login(configuration, service);
        var builder = new NpgsqlConnectionStringBuilder(login ?? Owner(service));
        if (login is null)
            (builder.Username, builder.Password) = (Role(service), Password(service));
        builder.SearchPath = service;
        builder.ApplicationName = "souk-" + service;
        builder.MaxPoolSize = PoolSizeMax;
        builder.Timeout = 5;
        builder.CommandTimeout = 30;
        // Statements are prepared from their second use on; a connection keeps nothing else that a reset would have to clear.
        builder.MaxAutoPrepare = 200;
        builder.AutoPrepareMinUsages = 2;
        builder.NoResetOnClose = true;
        // Without it an exception does not say which command of a message failed, and every refusal would be a 500.
        builder.IncludeFailedBatchedCommand = true;
        // Compiling a statement takes longer than any of ours runs: its cost is estimated from tables that were empty once.
        // Our statements are prepared and mean the same plan whatever their arguments: planning them anew each time took a fifth
        // of the server's time. They look up a few rows by key; a plan made while a table was small must not scan it
        // when it has grown. `souk verify`, which reads everything, sets it back.
        builder.Options = "-c jit=off -c plan_cache_mode=force_generic_plan"
            + " -c enable_seqscan=off -c random_page_cost=1.1"
            + " -c statement_timeout=3s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s";
        return builder.ConnectionString;
    }

    internal NpgsqlDataSource For(string service)
    {
        var builder = new NpgsqlDataSourceBuilder(StringFor(service)) { Name = service };
        builder.UseLoggerFactory(loggers);
        return builder.Build();
    }

    /// <summary>
    /// Opens a connection of a service outside its pool, to be held for good: one that keeps a lock or only listens.
    /// <paramref name="purpose" /> names it to the server and in the metrics. It finds out by itself that the server is gone.
    /// </summary>
    internal Task<NpgsqlConnection> Hold(string service, string purpose, CancellationToken ct) => held.GetOrAdd(purpose, name =>
    {
        var text = new NpgsqlConnectionStringBuilder(StringFor(service)) { Pooling = false, ApplicationName = "souk-" + name, KeepAlive = 10 };
        return new NpgsqlDataSourceBuilder(text.ConnectionString) { Name = name }.Build();
    }).OpenConnectionAsync(ct).AsTask();

    private static string? OwnerOf(IConfiguration configuration, string service) =>
        configuration.GetConnectionString(service) ?? configuration.GetConnectionString("Souk");

    private static InvalidOperationException Unset() =>
        new("ConnectionStrings:Souk (environment: ConnectionStrings__Souk) is not set.");

    private static string? Login(IConfiguration configuration, string service) =>
        configuration.GetConnectionString(service + "Login");
}
