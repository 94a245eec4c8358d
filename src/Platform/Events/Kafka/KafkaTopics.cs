using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Souk.Platform.Events.Kafka;

/// <summary>
/// Makes the topics that are not there yet, whoever comes first: who publishes to one or who reads it. What is there is left
/// alone.
/// </summary>
internal sealed class KafkaTopics(KafkaClients kafka, IOptions<KafkaOptions> options, ILogger<KafkaTopics> logger)
{
    private static readonly TimeSpan AskMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // As long as the logs in the database: who was away longer has to be rebuilt in both shapes.
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim gate = new(1, 1);

    /// <summary>Waits until the cluster answers and has the topics of these services.</summary>
    public async Task Ensure(IEnumerable<string> services, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            string[] wanted = [.. services.Select(kafka.Topic).Where(topic => !known.Contains(topic))];
            while (wanted.Length > 0 && !await Make(wanted, ct))
                await Task.Delay(Pause, ct);
            known.UnionWith(wanted);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The partitions of a service's topic.</summary>
    public IReadOnlyList<TopicPartition> Partitions(string service)
    {
        using var admin = Admin();
        var topic = admin.GetMetadata(kafka.Topic(service), AskMax).Topics.Single();
        return topic.Partitions.Count > 0
            ? [.. topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition.PartitionId))]
            : throw new KafkaException(topic.Error);
    }

    private IAdminClient Admin() => new DependentAdminClientBuilder(kafka.Producer.Producer.Handle).Build();

    private async Task<bool> Make(string[] wanted, CancellationToken ct)
    {
        try
        {
            using var admin = Admin();
            // Of all topics: asked for by name, one that is missing would be made by some clusters, in their own way.
            var there = admin.GetMetadata(AskMax).Topics.ToDictionary(topic => topic.Topic);
            foreach (var topic in wanted)
                if (there.TryGetValue(topic, out var found))
                    Compare(found);
                else
                    await Make(admin, topic, ct);
            return true;
        }
        catch (KafkaException e)
        {
            // Each second for as long as it lasts; that the cluster is away is said once, elsewhere.
            var error = e is CreateTopicsException { Results: [var result, ..] } ? result.Error : e.Error;
            logger.Log(
                error.IsLocalError ? LogLevel.Debug : LogLevel.Warning,
                "The topics cannot be made: {Reason}", error.Reason);
            return false;
        }
    }

    private async Task Make(IAdminClient admin, string topic, CancellationToken ct)
    {
        try
        {
            var asked = admin.CreateTopicsAsync(
                [Specification(topic)], new CreateTopicsOptions { RequestTimeout = AskMax });
            await asked.WaitAsync(ct);
            logger.LogInformation("Made the topic {Topic}", topic);
        }
        catch (CreateTopicsException e) when (e.Results is [{ Error.Code: ErrorCode.TopicAlreadyExists }])
        {
            logger.LogDebug("Another process was faster to make the topic {Topic}", topic);
        }
    }

    private TopicSpecification Specification(string topic)
    {
        var milliseconds = (long)KeptFor.TotalMilliseconds;
        var configs = new Dictionary<string, string>
        {
            ["retention.ms"] = milliseconds.ToString(CultureInfo.InvariantCulture),
            // Whole segments are deleted: a long one would keep events longer than inboxes know them, which is 8 days.
            ["segment.ms"] = (milliseconds / 28).ToString(CultureInfo.InvariantCulture),
            ["max.message.bytes"] = $"{KafkaClients.MessageBytesMax + 8192}",
        };
        if (options.Value.Replication >= 3)
            configs["min.insync.replicas"] = "2";
        return new TopicSpecification
        {
            Name = topic,
            NumPartitions = options.Value.Partitions,
            ReplicationFactor = options.Value.Replication ?? -1,
            Configs = configs,
        };
    }

    private void Compare(TopicMetadata topic)
    {
        var copies = topic.Partitions.Count == 0 ? 0 : topic.Partitions[0].Replicas.Length;
        if (topic.Partitions.Count != options.Value.Partitions || copies != (options.Value.Replication ?? copies))
            logger.LogWarning(
                "The topic {Topic} has {Partitions} partitions and {Copies} copies, not those configured; it stays so",
                topic.Topic, topic.Partitions.Count, copies);
    }
}
