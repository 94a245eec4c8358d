using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Souk.Platform.Db;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Events.Kafka;

/// <summary>
/// Hands the log of a service to its topic, in the order of the log. Of several replicas one has the turn. The position is
/// stored after the cluster has acknowledged; who dies in between leaves a repetition, which the inbox of the reader drops.
/// </summary>
/// <remarks>
/// A publisher that lost its turn without noticing still sends a stretch of the log in its order and from where the other
/// one began or later: whichever of the two comes first, no event comes for the first time before an earlier one.
/// </remarks>
internal sealed class KafkaPublisher(
    Service service, KafkaClients kafka, KafkaTopics topics, Connections connections, ILogger<KafkaPublisher> logger)
    : BackgroundService
{
    private const int LimitMax = 500;
    private const string Read = """
        select pos, id, type, key, payload, trace from log where pos > $1 order by pos limit $2
        """;

    // Where the position is not known: from where the readers' inboxes still know what they applied, which is 8 days.
    private const string Begin = """
        select case when p.pos > 0 then p.pos else coalesce(
                   (select pos from log where at > now() - interval '7 days' order by pos limit 1), t.next) - 1 end
          from published p, topic t
        """;

    private const string Store = "update published set pos = $1 where pos < $1";
    private const string Lag = "select t.next - 1 - p.pos from topic t, published p";
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StoreEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(5);
    private static readonly Gauge<long> PublisherLag = Meters.Events.CreateGauge<long>(
        "souk_publisher_lag", description: "Events in the log of a service that Kafka does not have yet.");

    private readonly NearEnd near = new(LimitMax);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        service.Signals.Follow(service.Name, near.Add);
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Repeat(Publish, stoppingToken), Repeat(Measure, stoppingToken));

    private async Task Repeat(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await work(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogWarning(e, "The publisher of {Service} begins again from its position", service.Name);
                await Task.Delay(Poll, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task Publish(CancellationToken ct)
    {
        await using var turn = await Turn.Take(service, connections, "souk publisher", ct);
        service.HasTurn = true;
        var (position, stored, storedAt) = (0L, 0L, 0L);
        try
        {
            await topics.Ensure([service.Name], ct);
            var signal = service.Signals.Log(service.Name);
            position = stored = await Position(ct);
            while (true)
            {
                await turn.Check(ct);
                var events = await Next(position, ct);
                if (events.Count > 0)
                {
                    await Send(events, ct);
                    position = events[^1].Pos;
                }
                // A position costs a commit of its own, and one that is a moment old only more repetitions after a crash.
                if (position > stored && Stopwatch.GetElapsedTime(storedAt) >= StoreEvery)
                {
                    await StorePosition(position, ct);
                    (stored, storedAt) = (position, Stopwatch.GetTimestamp());
                }
                if (events.Count == 0)
                    await signal.Wait(position > stored ? StoreEvery : Poll, ct);
            }
        }
        finally
        {
            service.HasTurn = false;
            if (position > stored)
                await StorePosition(position, CancellationToken.None);
        }
    }

    private async Task StorePosition(long position, CancellationToken ct)
    {
        await using var store = service.DataSource.CreateCommand(Store);
        store.Parameters.Add(new() { Value = position });
        await store.ExecuteNonQueryAsync(ct);
    }

    private async Task<long> Position(CancellationToken ct)
    {
        await using var read = service.DataSource.CreateCommand(Begin);
        return (long)(await read.ExecuteScalarAsync(ct))!;
    }

    // What this process appended it has in memory; what others did, and what lies behind, is in the log.
    private async Task<List<AppendedEvent>> Next(long position, CancellationToken ct)
    {
        var events = new List<AppendedEvent>();
        var end = position;
        if (near.Take(ref end, events.Add) && events.Count > 0)
            return events;
        events.Clear();
        await using var read = service.DataSource.CreateCommand(Read);
        read.Parameters.Add(new() { Value = position });
        read.Parameters.Add(new() { Value = LimitMax });
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            events.Add(new AppendedEvent(
                reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetGuid(3),
                reader.GetFieldValue<byte[]>(4), reader.IsDBNull(5) ? null : reader.GetString(5)));
        return events;
    }

    /// <summary>Sends them all and waits until the cluster has them. While it is away that takes as long as it takes.</summary>
    private async Task Send(List<AppendedEvent> events, CancellationToken ct)
    {
        var (producer, broken) = kafka.Producer;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, broken);
        var topic = kafka.Topic(service.Name);
        var left = events.Count;
        var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            foreach (var e in events)
                producer.Produce(topic, KafkaMessage.Of(Fitting(e)), Count);
            await acknowledged.Task.WaitAsync(over.Token);
        }
        catch (KafkaException e) when (e.Error.IsFatal)
        {
            kafka.Renew(producer);
            throw;
        }

        void Count(DeliveryReport<byte[], byte[]> report)
        {
            if (report.Error.IsError)
                acknowledged.TrySetException(new KafkaException(report.Error));
            else if (Interlocked.Decrement(ref left) == 0)
                acknowledged.TrySetResult();
        }
    }

    // It would stop all that follows. Without its payload it cannot be read: the readers park it, and with it its key.
    private AppendedEvent Fitting(AppendedEvent e)
    {
        if (e.Payload.Length <= KafkaClients.MessageBytesMax)
            return e;
        logger.LogError(
            "{Type} {Id} of {Service} is too large for Kafka: {Bytes} bytes",
            e.Type, e.Id, service.Name, e.Payload.Length);
        return e with { Payload = "\"too large for Kafka\""u8.ToArray() };
    }

    private async Task Measure(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(MeasureEvery);
        while (await timer.WaitForNextTickAsync(ct))
        {
            await using var lag = service.DataSource.CreateCommand(Lag);
            PublisherLag.Record(
                (long)(await lag.ExecuteScalarAsync(ct))!, new KeyValuePair<string, object?>("service", service.Name));
        }
    }
}
