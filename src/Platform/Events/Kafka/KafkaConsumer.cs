using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Souk.Platform.Db;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Events.Kafka;

/// <summary>
/// The consumer of a service on Kafka: each replica reads the partitions that the group gave it and applies what came in
/// batches, one transaction each. A position goes to the cluster only after the commit of the database.
/// </summary>
/// <remarks>
/// After a rebalance the replica that had a partition before may still be at work (it was stopped for a while, say), beside
/// the new one. There is no fence; these hold instead. What comes twice meets the inbox's unique key: it waits for the other
/// transaction and then is dropped. Each of the two goes through the partition without leaving anything out, from a place up
/// to which all was applied or parked; so whoever applies an event, the ones before it were applied or parked. And
/// what the earlier one parked and the later one will not see again was committed before the position that the later one
/// began with, so it is found when the parked keys are read after the assignment. Each batch asks the database once more.
/// </remarks>
internal sealed class KafkaConsumer : BackgroundService
{
    private const int EventsMax = 500;
    private const int MessagesMax = 5000;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan QuietMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskMax = TimeSpan.FromSeconds(5);
    private static readonly Gauge<long> Lag = Meters.Events.CreateGauge<long>(
        "souk_consumer_lag", description: "Messages in the partitions of this replica that it has not applied yet.");

    private readonly Service service;
    private readonly KafkaClients kafka;
    private readonly KafkaTopics topics;
    private readonly ILogger<KafkaConsumer> logger;
    private readonly ParkedEvents parked;
    private readonly Delivery delivery;
    private readonly Dictionary<(string Topic, string Type), Subscription> wanted;

    // What was read and is not applied yet, and where it ends in each partition.
    private readonly List<Delivered> events = [];
    private readonly Dictionary<TopicPartition, Offset> positions = [];

    // Partitions that gave something since the last look at them, and those that at that look had something and did not.
    private readonly HashSet<TopicPartition> heard = [];
    private readonly HashSet<TopicPartition> silent = [];
    private int messages;
    private bool hurry;
    private bool parkedUnknown;
    private bool emptied;
    private long appliedAt;
    private long measuredAt;
    private long lookedAt = Stopwatch.GetTimestamp();

    public KafkaConsumer(
        Service service, KafkaClients kafka, KafkaTopics topics, IServiceScopeFactory scopes,
        ILogger<KafkaConsumer> logger)
    {
        (this.service, this.kafka, this.topics, this.logger) = (service, kafka, topics, logger);
        var batches = new BatchOfEvents(service, scopes);
        parked = new ParkedEvents(service, batches, logger);
        delivery = new Delivery(service, batches, parked, logger);
        wanted = service.Subscriptions.ToDictionary(s => (kafka.Topic(s.Topic), s.Type));
    }

    private IEnumerable<string> Topics => service.Subscriptions.Select(subscription => subscription.Topic).Distinct();

    // A poll of the client blocks its thread, so the loop has one of its own.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => wanted.Count == 0
        ? Task.CompletedTask
        : Task.WhenAll(
            Task.Factory.StartNew(
                () => Run(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default),
            parked.RetryLoop(() => service.HasTurn, stoppingToken));

    private void Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                topics.Ensure(Topics, ct).GetAwaiter().GetResult();
                Clear();
                using var consumer = kafka.Consumer(service.Name, Forget);
                consumer.Subscribe(Topics.Select(kafka.Topic));
                try
                {
                    while (!ct.IsCancellationRequested)
                        ReadAndApply(consumer, ct);
                }
                finally
                {
                    // Leaves the group, so that the others need not wait until it is missed.
                    consumer.Close();
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogWarning(e, "The consumer of {Service} begins again from its positions", service.Name);
                ct.WaitHandle.WaitOne(Poll);
            }
        }
    }

    private void ReadAndApply(IConsumer<byte[], byte[]> consumer, CancellationToken ct)
    {
        ReadBatch(consumer);
        Measure(consumer);
        if (positions.Count == 0)
        {
            CheckQuiet(consumer);
            return;
        }
        try
        {
            if (parkedUnknown)
                parked.Load(ct).GetAwaiter().GetResult();
            parkedUnknown = false;
            if (events.Count > 0)
            {
                appliedAt = Stopwatch.GetTimestamp();
                delivery.Apply(events, [], ct).GetAwaiter().GetResult();
            }
        }
        catch (Exception e) when (!ct.IsCancellationRequested && Events.Consumer.IsTransient(e))
        {
            // What was read stays, and is tried again together with what comes meanwhile.
            parkedUnknown = true;
            logger.LogWarning(e, "{Service} tries its last batch again", service.Name);
            ct.WaitHandle.WaitOne(Poll);
            return;
        }
        foreach (var (partition, next) in positions)
            consumer.StoreOffset(new TopicPartitionOffset(partition, next));
        Clear();
        CheckQuiet(consumer);
    }

    /// <summary>What is there; where nobody waits for any of it, also what comes within a moment.</summary>
    private void ReadBatch(IConsumer<byte[], byte[]> consumer)
    {
        var wait = Poll;
        var since = 0L;
        var gather = Subscription.Gather(appliedAt);
        while (events.Count < EventsMax && messages < MessagesMax && Take(consumer, wait))
        {
            if (since == 0)
                since = Stopwatch.GetTimestamp();
            var left = gather - Stopwatch.GetElapsedTime(since);
            wait = hurry || events.Count == 0 || left < TimeSpan.Zero ? TimeSpan.Zero : left;
        }
    }

    private bool Take(IConsumer<byte[], byte[]> consumer, TimeSpan wait)
    {
        try
        {
            if (consumer.Consume(wait) is not { } result)
            {
                emptied = true;
                return false;
            }
            messages++;
            heard.Add(result.TopicPartition);
            positions[result.TopicPartition] = result.Offset + 1;
            if (KafkaMessage.TypeOf(result.Message) is not { } type
                || !wanted.TryGetValue((result.Topic, type), out var subscription))
                return true;
            if (KafkaMessage.Read(result.Message, subscription) is { } e)
                events.Add(e);
            else
                logger.LogError(
                    "{Service} skips what is no event of Souk at {Place}", service.Name, result.TopicPartitionOffset);
            hurry |= subscription.Hurry;
            return true;
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            // The client goes on by itself: the cluster is away, or this replica was away for too long and joins again.
            logger.LogDebug("{Service} cannot read: {Reason}", service.Name, e.Error.Reason);
            return false;
        }
    }

    // The client calls this within a poll. What was read of partitions that are gone is another's to apply.
    private void Forget()
    {
        Clear();
        silent.Clear();
        parkedUnknown = true;
    }

    private void Clear()
    {
        events.Clear();
        positions.Clear();
        messages = 0;
        hurry = false;
    }

    private void Measure(IConsumer<byte[], byte[]> consumer)
    {
        if (Stopwatch.GetElapsedTime(measuredAt) < MeasureEvery)
            return;
        measuredAt = Stopwatch.GetTimestamp();
        foreach (var topic in Topics)
        {
            var mine = consumer.Assignment.Where(partition => partition.Topic == kafka.Topic(topic));
            Lag.Record(
                mine.Sum(partition => Behind(consumer, partition)),
                new KeyValuePair<string, object?>("service", service.Name),
                new KeyValuePair<string, object?>("topic", topic));
        }
    }

    // Once in a great while a client was seen to stand still for good at a partition that had messages: it is made anew.
    // While it still has messages of others at hand, nobody can say.
    private void CheckQuiet(IConsumer<byte[], byte[]> consumer)
    {
        if (!emptied || Stopwatch.GetElapsedTime(lookedAt) < QuietMax)
            return;
        (lookedAt, emptied) = (Stopwatch.GetTimestamp(), false);
        try
        {
            var behind = Behind(consumer, [.. consumer.Assignment.Where(partition => !heard.Contains(partition))]);
            if (behind.Find(silent.Contains) is { } still)
                throw new InvalidOperationException($"Nothing comes of {still}, and there is something.");
            silent.Clear();
            silent.UnionWith(behind);
            heard.Clear();
        }
        catch (KafkaException e)
        {
            logger.LogDebug("{Service} cannot ask how far it is: {Reason}", service.Name, e.Error.Reason);
        }
    }

    /// <summary>
    /// Those that have something which was not read. One question for all: one for each would keep what comes waiting for
    /// seconds.
    /// </summary>
    internal static List<TopicPartition> Behind(IConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions)
    {
        var next = partitions.ToDictionary(partition => partition, partition => consumer.Position(partition).Value);
        Learn(unknown => unknown.Count == 0 ? [] : consumer.Committed(unknown, AskMax));
        Learn(unknown => Offsets(unknown, Offset.Beginning));
        return [.. Offsets(partitions, Offset.End).Where(end => end.Offset > next[end.TopicPartition]).Select(end => end.TopicPartition)];

        void Learn(Func<List<TopicPartition>, List<TopicPartitionOffset>> ask)
        {
            foreach (var known in ask(partitions.FindAll(partition => next[partition] < 0)))
                next[known.TopicPartition] = known.Offset;
        }

        List<TopicPartitionOffset> Offsets(List<TopicPartition> of, Offset at) => of.Count == 0
            ? []
            : consumer.OffsetsForTimes(
                of.Select(p => new TopicPartitionTimestamp(p, new Timestamp(at, TimestampType.NotAvailable))), AskMax);
    }

    // Both are what the client knows without asking; -1001 is that it knows nothing yet.
    private static long Behind(IConsumer<byte[], byte[]> consumer, TopicPartition partition)
    {
        var (end, position) = (consumer.GetWatermarkOffsets(partition).High, consumer.Position(partition));
        return end < 0 || position < 0 ? 0 : Math.Max(0, end - position);
    }
}
