using Confluent.Kafka;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Souk.Contracts;

namespace Souk.Platform.Events.Kafka;

/// <summary>
/// The broadcast of another service's event: its log may be in another database, so it is read from the topic, from its
/// end on and without a group.
/// </summary>
internal sealed class KafkaBroadcast<TEvent>(
    Action<IServiceProvider, TEvent> hear, KafkaClients kafka, KafkaTopics topics, IServiceProvider provider,
    ILogger<KafkaBroadcast<TEvent>> logger) : BackgroundService
    where TEvent : IEvent
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Subscription subscription = new SubscriptionOf<TEvent, object>();

    // A poll of the client blocks its thread, so the loop has one of its own.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Factory.StartNew(
        () => Run(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                topics.Ensure([subscription.Topic], ct).GetAwaiter().GetResult();
                // Nothing is committed to the group: it is only a name that the client asks for.
                using var consumer = kafka.Consumer("broadcast", () => { });
                var partitions = topics.Partitions(subscription.Topic);
                consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(partition, Offset.End)));
                while (!ct.IsCancellationRequested)
                    Hear(consumer);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogWarning(e, "Broadcast of {Event} failed and begins again", subscription.Type);
                ct.WaitHandle.WaitOne(Pause);
            }
        }
    }

    private void Hear(IConsumer<byte[], byte[]> consumer)
    {
        try
        {
            if (consumer.Consume(Poll) is not { } result || KafkaMessage.TypeOf(result.Message) != subscription.Type)
                return;
            if (KafkaMessage.Read(result.Message, subscription)?.Read(out _) is TEvent e)
                hear(provider, e);
            else
                logger.LogWarning(
                    "Broadcast skips what is no {Event} at {Place}", subscription.Type, result.TopicPartitionOffset);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            // The client goes on by itself when the cluster is back.
            logger.LogDebug("Broadcast of {Event} cannot read: {Reason}", subscription.Type, e.Error.Reason);
        }
    }
}
