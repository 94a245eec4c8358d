using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Events.Kafka;

/// <summary>How clients of the cluster are made; the one producer of the process; and whether the cluster answers.</summary>
internal sealed class KafkaClients(IOptions<KafkaOptions> options, ILogger<KafkaClients> logger)
    : IReadiness, IDisposable
{
    /// <summary>The largest message; the topics are made to take it.</summary>
    public const int MessageBytesMax = 4 * 1024 * 1024;

    private readonly Lock gate = new();
    private IProducer<byte[], byte[]>? producer;
    private CancellationTokenSource broken = new();
    private volatile bool away;

    // The process goes on without the cluster: outbox and log hold what happens, so requests may come.
    bool IReadiness.IsNeeded => false;

    /// <summary>
    /// One for all services of the process: it keeps the order of each of them. And what ends the waiting for its answers
    /// when it is of no more use.
    /// </summary>
    public (IProducer<byte[], byte[]> Producer, CancellationToken Broken) Producer
    {
        get
        {
            lock (gate)
            {
                producer ??= new ProducerBuilder<byte[], byte[]>(ProducerConfig(options.Value))
                    .SetLogHandler((_, message) => Log(message))
                    .SetErrorHandler((_, error) => Hear(error))
                    .SetStatisticsHandler((_, statistics) => Look(statistics))
                    .Build();
                return (producer, broken.Token);
            }
        }
    }

    public string Topic(string service) => options.Value.TopicPrefix + service;

    /// <summary>A consumer of a service's group.</summary>
    /// <param name="service">Whose.</param>
    /// <param name="changed">Called within a poll when partitions come or go.</param>
    public IConsumer<byte[], byte[]> Consumer(string service, Action changed) =>
        new ConsumerBuilder<byte[], byte[]>(ConsumerConfig(options.Value, options.Value.TopicPrefix + service))
            .SetLogHandler((_, message) => Log(message))
            .SetPartitionsAssignedHandler((_, _) => changed())
            .SetPartitionsRevokedHandler((_, _) => changed())
            .SetPartitionsLostHandler((_, _) => changed())
            .Build();

    /// <summary>After a fatal error the producer is of no more use: the next who asks gets a new one.</summary>
    public void Renew(IProducer<byte[], byte[]> old)
    {
        lock (gate)
        {
            if (producer != old)
                return;
            producer = null;
            broken.Cancel();
            broken = new CancellationTokenSource();
        }
        old.Dispose();
    }

    public Task<string?> Missing(CancellationToken ct) =>
        Task.FromResult(away ? "Kafka does not answer; events wait in the database." : null);

    public void Dispose() => producer?.Dispose();

    internal static Dictionary<string, string> ProducerConfig(KafkaOptions options) => Config(options, new()
    {
        ["queue.buffering.max.kbytes"] = "65536",
        ["statistics.interval.ms"] = "5000",
        ["linger.ms"] = "0",
    }, new()
    {
        // A message is sent until it is there, and none overtakes another: the order of a key depends on it.
        ["acks"] = "all",
        ["enable.idempotence"] = "true",
        ["enable.gapless.guarantee"] = "true",
        ["message.timeout.ms"] = "0",
        ["message.max.bytes"] = $"{MessageBytesMax + 4096}",
    });

    internal static Dictionary<string, string> ConsumerConfig(KafkaOptions options, string group) =>
        Config(options, new()
        {
            // How long the work of a dead replica waits for another.
            ["session.timeout.ms"] = "10000",
            ["heartbeat.interval.ms"] = "2000",
            ["auto.commit.interval.ms"] = "1000",
            ["queued.max.messages.kbytes"] = "8192",
            ["fetch.error.backoff.ms"] = "100",
        }, new()
        {
            ["group.id"] = group,
            ["auto.offset.reset"] = "earliest",
            // What is stored after the commit of the database goes to the cluster now and then, and when partitions go.
            ["enable.auto.commit"] = "true",
            ["enable.auto.offset.store"] = "false",
            ["partition.assignment.strategy"] = "range",
            ["allow.auto.create.topics"] = "false",
        });

    // The operator's settings stand above what is only good advice, and below what the events depend on.
    private static Dictionary<string, string> Config(
        KafkaOptions options, Dictionary<string, string> advice, Dictionary<string, string> must)
    {
        var config = new Dictionary<string, string>(advice)
        {
            ["client.id"] = "souk",
            ["reconnect.backoff.max.ms"] = "1000",
            ["topic.metadata.refresh.interval.ms"] = "5000",
        };
        foreach (var (name, value) in options.Client.Concat(must))
            config[name] = value;
        config["bootstrap.servers"] = options.BootstrapServers!;
        return config;
    }

    // All clients get all properties, so each is told about those of the others (CONFWARN).
    private void Log(LogMessage message)
    {
        if (message.Facility != "CONFWARN")
            logger.LogDebug("{Client} {Facility}: {Message}", message.Name, message.Facility, message.Message);
    }

    private void Hear(Error error)
    {
        if (error.IsFatal)
            logger.LogError("The Kafka producer is broken and is made anew: {Reason}", error.Reason);
        if (error.Code != ErrorCode.Local_AllBrokersDown || away)
            return;
        away = true;
        logger.LogWarning("Kafka does not answer; events wait in the database");
    }

    private void Look(string statistics)
    {
        if (!away)
            return;
        using var json = JsonDocument.Parse(statistics);
        if (!json.RootElement.GetProperty("brokers").EnumerateObject()
            .Any(broker => broker.Value.GetProperty("state").ValueEquals("UP")))
            return;
        away = false;
        logger.LogInformation("Kafka answers again");
    }
}
