using System.Globalization;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Host;

/// <summary>
/// Makes the pools of this process fit the servers: one that may open more connections than a server allows fails under load,
/// when it is needed most. Other processes are not counted: nobody here knows how many there will be.
/// </summary>
internal static class PoolSizes
{
    // Each service holds one more, its turn as the consumer. The process holds one to listen, the built-in gateway has
    // four.
    private const int HeldByService = 1;
    private const int HeldByProcess = 5;

    // A batch, a job and a few requests at once: with less a service stands in its own way.
    private const int SizeMin = 4;

    private const string Allowed = """
        select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true), '0')::int
        """;

    /// <summary>Lowers <c>Souk:PoolSizeMax</c> where it is not set and a server allows fewer; says so.</summary>
    /// <exception cref="ConfigurationException">A server allows fewer than were asked for, or too few.</exception>
    public static async Task Fit(IConfiguration configuration, Action<string> say, CancellationToken ct)
    {
        var asked = configuration.GetValue<int?>("Souk:PoolSizeMax");
        var size = asked ?? Connections.PoolSizeDefault;
        var problems = new List<string>();
        var services = Marketplace.Hosted(configuration).Select(module => Connections.Any(configuration, module.Name));
        foreach (var server in services.GroupBy(ServerOf))
        {
            if (await Ask(server.First(), ct) is not { } allowed)
                continue;
            if (Choose(asked, server.Count(), allowed) is { } fits)
                size = Math.Min(size, fits);
            else
                problems.Add(Problem(asked, server.Count(), server.Key, allowed));
        }
        if (problems.Count > 0)
            throw new ConfigurationException(problems);
        if (asked is not null || size == Connections.PoolSizeDefault)
            return;
        configuration["Souk:PoolSizeMax"] = size.ToString(CultureInfo.InvariantCulture);
        say($"Each service uses up to {size} connections: the server does not allow the usual {Connections.PoolSizeDefault}.");
    }

    /// <summary>The size of the pools of so many services on a server that allows so much; null when they do not fit.</summary>
    internal static int? Choose(int? asked, int services, int allowed)
    {
        var fits = ((allowed - HeldByProcess) / services) - HeldByService;
        if (asked is not null)
            return asked <= fits ? asked : null;
        return fits >= SizeMin ? Math.Min(fits, Connections.PoolSizeDefault) : null;
    }

    private static string Problem(int? asked, int services, string server, int allowed) => asked is null
        ? $"{server} allows {allowed} connections, too few for {services} services. Raise its max_connections."
        : $"{server} allows {allowed} connections, too few for {services} services with {asked} each. "
            + "Lower Souk__PoolSizeMax, leave it out, or raise max_connections.";

    private static string ServerOf(string connection)
    {
        var text = new NpgsqlConnectionStringBuilder(connection);
        return $"{text.Host}:{text.Port}";
    }

    // A server that does not answer now may later; until then the process is not ready, and says why.
    private static async Task<int?> Ask(string connection, CancellationToken ct)
    {
        try
        {
            var text = new NpgsqlConnectionStringBuilder(connection) { Pooling = false, Timeout = 5 };
            await using var server = new NpgsqlConnection(text.ConnectionString);
            await server.OpenAsync(ct);
            await using var command = new NpgsqlCommand(Allowed, server);
            return (int)(await command.ExecuteScalarAsync(ct))!;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }
}
