using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Platform.Telemetry;

/// <summary>A figure that <c>/metrics</c> shows and that only the service's database knows.</summary>
/// <param name="Service">The service.</param>
/// <param name="Name">As Prometheus shows it.</param>
/// <param name="Description">What it is.</param>
/// <param name="Sql">Answers the value and, where there is a label, its value. It must stay cheap however large the tables grow.</param>
/// <param name="Label">The name of the label; null where there is one row.</param>
internal sealed record ServiceGauge(string Service, string Name, string Description, string Sql, string? Label);

/// <summary>
/// Reads the gauges of the hosted services every 15 seconds, in one round trip for each. Every replica shows the same: who
/// adds them up counts twice, the largest is the figure. What could not be read is not shown rather than shown old.
/// </summary>
internal sealed class Gauges(
    IEnumerable<Service> services, IEnumerable<ServiceGauge> own, IConfiguration configuration, TimeProvider clock,
    ILogger<Gauges> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    private static readonly (string Name, string Description, string Sql)[] OfEveryService =
    [
        ("outbox_oldest_seconds", "Age of the oldest event that no consumer can see yet.",
            "select coalesce((select extract(epoch from now() - at) from outbox order by seq limit 1), 0)::float8"),
        ("events_parked", "Events that failed, or wait behind one of their key that did, and are tried again.",
            "select count(*)::float8 from parked where not dead"),
        ("dlq_events", "Events that were given up and wait for souk dead-letters.",
            "select count(*)::float8 from parked where dead"),
        ("dlq_oldest_seconds", "How long ago the oldest of them failed first.",
            "select coalesce(extract(epoch from now() - min(first_failed_at)), 0)::float8 from parked where dead"),
    ];

    private readonly ConcurrentDictionary<string, List<(string Name, Measurement<double> Value)>> values = new();
    private readonly Meter meter = new("Souk.Gauges");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not before: what a service subscribes to is known when everything is put together.
        var asked = services.ToDictionary(service => service, service => Of(service).ToArray());
        foreach (var gauge in asked.Values.SelectMany(gauges => gauges).DistinctBy(gauge => gauge.Name))
            meter.CreateObservableGauge(gauge.Name, () => Values(gauge.Name), description: gauge.Description);
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            do
                await Task.WhenAll(asked.Select(service => Read(service.Key, service.Value, stoppingToken)));
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    private IEnumerable<ServiceGauge> Of(Service service) =>
    [
        .. OfEveryService.Select(gauge =>
            new ServiceGauge(service.Name, gauge.Name, gauge.Description, gauge.Sql, null)),
        .. own.Where(gauge => gauge.Service == service.Name),
        .. string.IsNullOrEmpty(configuration["Kafka:BootstrapServers"]) ? Lag(service) : [],
    ];

    // Where services read each other's logs the cursor says how far. It may stay behind by thousands of events that do
    // not concern the service: only those that do are counted, and not to the end when there are many.
    private static IEnumerable<ServiceGauge> Lag(Service service) =>
        service.Subscriptions.GroupBy(subscription => subscription.Topic).Select(topic => new ServiceGauge(
            service.Name, "souk_consumer_lag", "Events for the service that it has not applied yet; at most 10,000.",
            $"""
            select count(*)::float8, '{topic.Key}' from (
                select 1 from {topic.Key}.log
                 where pos > (select pos from {service.Name}.cursors where topic = '{topic.Key}')
                   and type in ('{string.Join("', '", topic.Select(subscription => subscription.Type))}')
                 limit 10000) as waiting
            """, "topic"));

    private async Task Read(Service service, ServiceGauge[] asked, CancellationToken ct)
    {
        try
        {
            values[service.Name] = await InTime.Finish(own => Ask(service, asked, own), ct);
        }
        catch (NpgsqlException e)
        {
            values.TryRemove(service.Name, out _);
            logger.LogDebug(e, "The gauges of {Service} could not be read", service.Name);
        }
    }

    private static async Task<List<(string Name, Measurement<double> Value)>> Ask(Service service, ServiceGauge[] asked, CancellationToken ct)
    {
        await using var batch = service.DataSource.CreateBatch();
        foreach (var gauge in asked)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(gauge.Sql));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var read = new List<(string, Measurement<double>)>();
        foreach (var gauge in asked)
        {
            while (await reader.ReadAsync(ct))
                read.Add((gauge.Name, new Measurement<double>(reader.GetDouble(0), Tags(gauge, reader))));
            await reader.NextResultAsync(ct);
        }
        return read;
    }

    private static IEnumerable<KeyValuePair<string, object?>> Tags(ServiceGauge gauge, NpgsqlDataReader reader)
    {
        yield return new("service", gauge.Service);
        if (gauge.Label is not null)
            yield return new(gauge.Label, reader.GetString(1));
    }

    private IEnumerable<Measurement<double>> Values(string name) =>
        values.Values.SelectMany(read => read).Where(value => value.Name == name).Select(value => value.Value);
}
