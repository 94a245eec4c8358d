using System.ComponentModel.DataAnnotations;
using Confluent.Kafka;
using Microsoft.Extensions.Options;

namespace Souk.Platform.Events.Kafka;

/// <summary>
/// Kafka between the services. Without <see cref="BootstrapServers" /> they read each other's logs in PostgreSQL, which
/// takes one server for all of them and one consuming process per service.
/// </summary>
public sealed class KafkaOptions
{
    /// <summary>Brokers to begin with, <c>host:port</c>, <c>,</c> between. Default: none, events stay in PostgreSQL.</summary>
    public string? BootstrapServers { get; set; }

    /// <summary>
    /// What the names of topics and consumer groups begin with. Default <c>souk.</c>. Several deployments on one cluster
    /// need one each.
    /// </summary>
    [RegularExpression("[A-Za-z0-9._-]{0,100}")]
    public string TopicPrefix { get; set; } = "souk.";

    /// <summary>
    /// Partitions of a topic that is made: 1 to 1,000, default 12. As many replicas of a service can consume at once; each
    /// costs the cluster files and memory. Choose once: with another number a key moves to another partition.
    /// </summary>
    [Range(1, 1000)]
    public int Partitions { get; set; } = 12;

    /// <summary>
    /// Copies of a topic that is made: 1 to 10. Default: what the cluster has as its default. Each more costs its disk and
    /// network; from 3 on a write waits for two of them.
    /// </summary>
    [Range(1, 10)]
    public short? Replication { get; set; }

    /// <summary>Any property of librdkafka, for all clients: <c>Kafka__Client__security.protocol=sasl_ssl</c>.</summary>
    public Dictionary<string, string> Client { get; } = [];
}

/// <summary>Has librdkafka itself look at the settings before anything starts.</summary>
internal sealed class KafkaOptionsCheck : IValidateOptions<KafkaOptions>
{
    public ValidateOptionsResult Validate(string? name, KafkaOptions options)
    {
        if (string.IsNullOrEmpty(options.BootstrapServers))
            return ValidateOptionsResult.Success;
        try
        {
            KafkaLibrary.Load();
            using var producer = new ProducerBuilder<byte[], byte[]>(KafkaClients.ProducerConfig(options))
                .SetLogHandler((_, _) => { }).Build();
            using var consumer = new ConsumerBuilder<byte[], byte[]>(KafkaClients.ConsumerConfig(options, "check"))
                .SetLogHandler((_, _) => { }).Build();
            return ValidateOptionsResult.Success;
        }
        catch (DllNotFoundException)
        {
            return ValidateOptionsResult.Fail(
                "Kafka__BootstrapServers is set, but librdkafka is missing. "
                + "Install it (Debian, Ubuntu: apt-get install librdkafka1).");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            return ValidateOptionsResult.Fail($"Kafka__Client__… or Kafka__BootstrapServers is wrong: {e.Message}");
        }
    }
}
