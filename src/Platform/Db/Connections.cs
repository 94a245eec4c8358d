using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Platform.Security;

namespace Souk.Platform.Db;

/// <summary>
/// Where each service's database is: <c>ConnectionStrings:Orders</c> when it is given, else derived from
/// <c>ConnectionStrings:Souk</c>, whose owner made a login role for each service.
/// </summary>
public sealed class Connections(IConfiguration configuration, Secrets secrets, ILoggerFactory loggers)
{
    // Enough for a batch of waiting requests, few enough that all services of several processes fit max_connections.
    private const int PoolSizeMax = 24;

    /// <summary>The connection that migrates: it owns the objects and makes the roles.</summary>
    /// <exception cref="InvalidOperationException">It is not configured.</exception>
    public string Owner =>
        configuration.GetConnectionString("Souk")
        ?? throw new InvalidOperationException("ConnectionStrings:Souk (environment: ConnectionStrings__Souk) is not set.");

    /// <summary>The login role of a service.</summary>
    public string Role(string service) => $"{new NpgsqlConnectionStringBuilder(Owner).Database}_{service}";

    /// <summary>The password of a service's role where it was derived.</summary>
    public string Password(string service) => Convert.ToHexStringLower(secrets.Key("db:" + service));

    /// <summary>The connection string of a service: its role, its schema first on the search path, its time limits.</summary>
    public string StringFor(string service)
    {
        var own = configuration.GetConnectionString(service);
        var builder = new NpgsqlConnectionStringBuilder(own ?? Owner);
        if (own is null)
            (builder.Username, builder.Password) = (Role(service), Password(service));
        builder.SearchPath = service;
        builder.ApplicationName = "souk-" + service;
        builder.MaxPoolSize = configuration.GetValue("Souk:PoolSizeMax", PoolSizeMax);
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
}
