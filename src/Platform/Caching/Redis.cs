using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Souk.Platform.Security;
using Souk.Platform.Telemetry;
using StackExchange.Redis;

namespace Souk.Platform.Caching;

/// <summary>
/// The deployment's Redis, where one is configured. It holds nothing that may not be lost at any moment: whoever asks gets an
/// answer in a few milliseconds, or none and goes on without. Once it has not answered in time nobody asks any more, until it
/// answers the one who looks once a second; so a Redis that hangs costs one time-out, and not one for each request.
/// </summary>
public sealed class Redis(IOptions<RedisOptions> options, Secrets secrets, ILogger<Redis> logger)
    : BackgroundService, IReadiness
{
    private const int UnansweredMax = 10_000;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly Counter<long> Failures = Meters.Redis.CreateCounter<long>(
        "souk.redis.failures", description: "Times that Redis did not answer in time, or refused.");

    // Several deployments may share a Redis: what one keeps is not found by another.
    private readonly string prefix = $"souk:{Convert.ToHexStringLower(secrets.Key("redis", length: 4))}:";
    private readonly TimeSpan timeout = options.Value.Timeout;
    private ConnectionMultiplexer? connection;
    private volatile bool answers;
    private int unanswered;

    /// <summary>Whether one is configured.</summary>
    public bool IsOn { get; } = !string.IsNullOrEmpty(options.Value.Configuration);

    bool IReadiness.IsNeeded => false;

    /// <summary>Connects before the first request; a Redis that is away holds the start up for a second at most.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!IsOn)
            return;
        var configuration = ConfigurationOptions.Parse(options.Value.Configuration);
        configuration.AbortOnConnectFail = false; // It connects by itself when Redis comes.
        configuration.ConnectRetry = 1;
        configuration.ConnectTimeout = (int)Look.TotalMilliseconds;
        connection = await ConnectionMultiplexer.ConnectAsync(configuration);
        await Ping();
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        base.Dispose();
        // Else a Redis that hangs would hold up the end of the process.
        connection?.Close(allowCommandsToComplete: false);
        connection?.Dispose();
    }

    Task<string?> IReadiness.Missing(CancellationToken ct) => Task.FromResult(
        answers ? null : "Redis does not answer: this process keeps its answers and counts its requests for itself.");

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await Ping();
    }

    /// <summary>Runs a script of one key. Null when Redis is away or does not answer in time; then it may still have run.</summary>
    internal async Task<RedisResult?> Run(string script, string key, params RedisValue[] args)
    {
        if (!answers)
            return null;
        try
        {
            return await Evaluate(connection!.GetDatabase(), script, [prefix + key], args).WaitAsync(timeout);
        }
        // Whatever Redis does, no request fails of it.
        catch (Exception e)
        {
            GoWithout(e);
            return null;
        }
    }

    /// <summary>
    /// Deletes a key. It is on its way when this returns, ahead of whatever this process asks next, and is not bound by the
    /// time-out: a Redis that hangs does it when it goes on. False when that is not certain.
    /// </summary>
    internal async Task<bool> Delete(string key)
    {
        if (connection is not { IsConnected: true })
            return false;
        try
        {
            if (Interlocked.Increment(ref unanswered) > UnansweredMax)
                return false;
            await connection.GetDatabase().KeyDeleteAsync(prefix + key);
            return true;
        }
        catch (Exception e)
        {
            GoWithout(e);
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref unanswered);
        }
    }

    private async Task Ping()
    {
        try
        {
            await connection!.GetDatabase().PingAsync().WaitAsync(timeout);
            if (answers)
                return;
            answers = true;
            logger.LogInformation("Redis answers");
        }
        catch (Exception e)
        {
            GoWithout(e);
        }
    }

    private void GoWithout(Exception e)
    {
        Failures.Add(1);
        if (!answers)
            return;
        answers = false;
        logger.LogWarning("Redis does not answer, this process goes on without it: {Reason}", e.Message);
    }

    private static async Task<RedisResult> Evaluate(
        IDatabase database, string script, RedisKey[] keys, RedisValue[] args)
    {
        try
        {
            return await database.ScriptEvaluateAsync(script, keys, args);
        }
        // It has forgotten the script since; the client sends it whole now.
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await database.ScriptEvaluateAsync(script, keys, args);
        }
    }
}
