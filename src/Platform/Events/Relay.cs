using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Platform.Db;
using Souk.Platform.Http;

namespace Souk.Platform.Events;

/// <summary>
/// Moves what HTTP writes left in the outbox to the log, where it gets its gap-free position. The lock of the topic row
/// makes one relay at a time active, however many processes run one.
/// </summary>
/// <param name="durable">
/// Whether the log leaves this server: then a place in it must be on disk before anybody reads it, else a crash of the
/// server gives the place to another event, which nobody would read.
/// </param>
internal sealed class Relay(Service service, PendingAnswers pending, ILogger<Relay> logger, bool durable = false)
    : BackgroundService
{
    private const int LimitMax = 500;
    private const string Written = "written";
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GatherMax = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan FollowMax = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FollowFarMax = TimeSpan.FromMilliseconds(100);

    // Ends when the requests that wait for what was moved last are answered.
    private Task ahead = Task.CompletedTask;
    private volatile bool gathers;
    private long movedAt;

    private string Topic => service.Name + "/outbox";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var signal = service.Signals.Relay(service.Name);
        if (durable)
            service.Signals.Listen(Topic, Written, signal.Set);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var woken = await signal.Wait(Poll, stoppingToken);
                if (woken && LeavesItToAnother())
                    continue;
                // A run that finds nothing would still lock the topic row and write to the log of the server: look first.
                if (!woken && !await InTime.Finish(HasWork, stoppingToken))
                    continue;
                await Gather(signal, stoppingToken);
                while (await InTime.Finish(MoveBatch, stoppingToken) == LimitMax)
                {
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogWarning(e, "The relay of {Service} failed and tries again", service.Name);
                await Task.Delay(Poll, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // One replica that moves what all of them wrote makes fewer, larger batches than each that moves what it happens to find.
    // It is the one that publishes: it has then in memory what it moved. Now and then the others look themselves.
    private bool LeavesItToAnother()
    {
        if (!durable || service.HasTurn || service.Signals.Elsewhere is not { } tell || Stopwatch.GetElapsedTime(movedAt) > Poll)
            return false;
        tell(Topic, [Written]);
        return true;
    }

    // What others are writing at this moment comes along: every service behind this one then has fewer, larger batches.
    // While orders are on their way through the services it may take longer: those behind them cost less the more they
    // are. Where they go through Kafka a batch costs several times as much, and the next go when those are answered.
    // Who writes alone waits for nobody.
    private async Task Gather(Signal signal, CancellationToken ct)
    {
        var since = Stopwatch.GetTimestamp();
        gathers = true;
        while (service.WritesOpen > 0 || (durable && !ahead.IsCompleted))
        {
            var left = (ahead.IsCompleted ? GatherMax : durable ? FollowFarMax : FollowMax) - Stopwatch.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
                break;
            await signal.Wait(left, ct);
        }
        gathers = false;
    }

    private async Task Follow(List<AppendedEvent> moved, Signal signal)
    {
        ahead = pending.Answered(moved.Select(e => e.Key));
        await ahead;
        if (gathers)
            signal.Set();
    }

    private async Task<bool> HasWork(CancellationToken ct)
    {
        await using var look = service.DataSource.CreateCommand(service.Sql.OutboxLook);
        return await look.ExecuteScalarAsync(ct) is not null;
    }

    /// <summary>One batch; answers how many events it moved.</summary>
    internal async Task<long> MoveBatch(CancellationToken ct)
    {
        await using var connection = await service.DataSource.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // One message is one transaction.
                new(service.Sql.TopicLock),
                new(service.Sql.Relay) { Parameters = { new() { Value = (long)LimitMax } } },
            },
        };
        if (durable)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(ServiceSql.Durable));
        movedAt = Stopwatch.GetTimestamp();
        var moved = new List<AppendedEvent>();
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct))
                moved.Add(new AppendedEvent(
                    reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetGuid(3), reader.GetFieldValue<byte[]>(4),
                    reader.IsDBNull(5) ? null : reader.GetString(5)));
            while (await reader.NextResultAsync(ct))
            {
            }
        }
        _ = Follow(moved, service.Signals.Relay(service.Name));
        if (moved.Count > 0)
        {
            service.Signals.HandOver(service.Name, new Appended(moved[0].Pos, moved[^1].Pos, moved));
            service.Signals.Wake(service.Name, moved.Select(e => e.Type).Distinct());
        }
        return moved.Count;
    }
}
