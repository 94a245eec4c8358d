using Npgsql;
using Souk.Platform.Db;

namespace Souk.Host;

/// <summary>
/// Whether the servers allow as many connections as this process may open; else it fails under load, when it is needed most.
/// Other processes are not counted: nobody here knows how many there will be.
/// </summary>
internal static class PoolChecks
{
    // Each service holds one more, its turn as the consumer. The process holds one to listen, the built-in gateway has
    // four.
    private const int HeldByService = 1;
    private const int HeldByProcess = 5;

    private const string Allowed = """
        select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true), '0')::int
        """;

    /// <exception cref="ConfigurationException">A server allows fewer.</exception>
    public static async Task Run(IServiceProvider provider, CancellationToken ct)
    {
        var poolSize = provider.GetRequiredService<Connections>().PoolSizeMax;
        var problems = new List<string>();
        foreach (var server in provider.GetServices<Service>().GroupBy(service => ServerOf(service.DataSource)))
        {
            if (await Ask(server.First().DataSource, ct) is not { } allowed)
                continue;
            var count = server.Count();
            var wanted = (count * (poolSize + HeldByService)) + HeldByProcess;
            var fits = Math.Max(1, ((allowed - HeldByProcess) / count) - HeldByService);
            if (wanted > allowed)
                problems.Add(
                    $"This process may open {wanted} connections to {server.Key}, which allows {allowed}. "
                    + $"Set Souk__PoolSizeMax (now {poolSize}) to {fits} or less, or raise its max_connections.");
        }
        if (problems.Count > 0)
            throw new ConfigurationException(problems);
    }

    private static string ServerOf(NpgsqlDataSource source)
    {
        var text = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        return $"{text.Host}:{text.Port}";
    }

    // A server that does not answer now may later; until then the process is not ready, and says why.
    private static async Task<int?> Ask(NpgsqlDataSource source, CancellationToken ct)
    {
        try
        {
            await using var command = source.CreateCommand(Allowed);
            return (int)(await command.ExecuteScalarAsync(ct))!;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }
}
