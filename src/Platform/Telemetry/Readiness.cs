using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Souk.Platform.Db;
using Souk.Platform.Security;

namespace Souk.Platform.Telemetry;

/// <summary>Decides whether the process may get requests.</summary>
internal sealed class Readiness(
    IEnumerable<Service> services, Migrator migrator, VerificationKeys keys, IConfiguration configuration,
    DatabaseClock clock, IEnumerable<IReadiness> more)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // What happens here goes by the database's clock; who watches it, and whom it talks to, does not.
    private static readonly TimeSpan AheadMax = TimeSpan.FromSeconds(60);

    // A schema does not go backwards: once it was new enough it is.
    private readonly ConcurrentDictionary<string, bool> migrated = new(StringComparer.Ordinal);

    private readonly Lock gate = new();
    private Task<HealthResponse>? looking;

    /// <summary>Set when the process is about to end.</summary>
    public bool Draining { get; set; }

    /// <summary>What one look finds, and all who ask meanwhile: many who watch cost the databases no more than one.</summary>
    public Task<HealthResponse> Check(CancellationToken ct)
    {
        if (Draining)
            return Task.FromResult(new HealthResponse("not_ready", ["The process ends."]));
        lock (gate)
        {
            if (looking is not { IsCompleted: false })
                looking = Look();
            return looking.WaitAsync(ct);
        }
    }

    private async Task<HealthResponse> Look()
    {
        using var limit = new CancellationTokenSource(Limit);
        var needed = services.Select(service => Database(service, limit.Token))
            .Concat(more.Where(check => check.IsNeeded).Select(check => Ask(check, limit.Token)));
        List<string> problems = [.. (await Task.WhenAll(needed)).OfType<string>()];
        if (clock.Ahead is { } ahead && ahead.Duration() > AheadMax)
        {
            var side = ahead > TimeSpan.Zero ? "ahead of" : "behind";
            problems.Add(
                $"The clock of this machine is {ahead.Duration().TotalSeconds:0} seconds {side} the database's. "
                + "Set the one that is wrong.");
        }
        // Later it may be away: the keys are here.
        if (!keys.Known)
            problems.Add("Identity has not said yet whose tokens are good.");
        var others = await Task.WhenAll(more.Where(check => !check.IsNeeded).Select(check => Ask(check, limit.Token)));
        return new HealthResponse(problems.Count == 0 ? "ready" : "not_ready", [.. problems, .. others.OfType<string>()]);
    }

    private async Task<string?> Database(Service service, CancellationToken ct)
    {
        try
        {
            if (migrated.ContainsKey(service.Name))
            {
                await service.Query("select 1", _ => true, ct);
                return null;
            }
            var done = await Migrations(service, ct);
            if (!migrator.Names(service.Name).All(done.Contains))
                return $"The schema of {service.Name} is older than this program. Run souk migrate.";
            if (await TopicsMissing(service, ct) is { Length: > 0 } missing)
                return $"{service.Name} hears of {string.Join(", ", missing)}, which its database does not have. "
                    + "Run souk migrate for all services.";
            migrated[service.Name] = true;
            return null;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            return $"The database of {service.Name} does not answer.";
        }
    }

    private static async Task<HashSet<string>> Migrations(Service service, CancellationToken ct) =>
        (await service.Query("select name from migrations", row => row.GetString(0), ct)).ToHashSet(StringComparer.Ordinal);

    // Without Kafka a service reads the others' logs beside its own.
    private async Task<string[]> TopicsMissing(Service service, CancellationToken ct)
    {
        if (!string.IsNullOrEmpty(configuration["Kafka:BootstrapServers"]))
            return [];
        string[] topics = [.. service.Subscriptions.Select(subscription => subscription.Topic).Distinct()];
        return [.. await service.Query(
            "select t from unnest($1) t where to_regclass(t || '.topic') is null order by t", row => row.GetString(0), ct, (object)topics)];
    }

    private static async Task<string?> Ask(IReadiness check, CancellationToken ct)
    {
        try
        {
            return await check.Missing(ct);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            return $"{check.GetType().Name} does not answer.";
        }
    }
}

/// <summary>
/// At the end of the process it says so first and goes on serving for <c>Souk:DrainDelay</c> (default zero, at most a minute),
/// so that a load balancer stops sending before the listener closes.
/// </summary>
internal sealed class Draining(Readiness readiness, IConfiguration configuration, TimeProvider clock) : IHostedLifecycleService
{
    private static readonly TimeSpan DelayMax = TimeSpan.FromMinutes(1);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.Draining = true;
        var delay = configuration.GetValue("Souk:DrainDelay", TimeSpan.Zero);
        if (delay > TimeSpan.Zero)
            await Task.Delay(delay < DelayMax ? delay : DelayMax, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
