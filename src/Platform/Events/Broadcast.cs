using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Souk.Contracts;
using Souk.Platform.Db;

namespace Souk.Platform.Events;

/// <summary>Hears an event in every process, from the moment the process started: for caches. Keeps its place in memory only.</summary>
internal sealed class Broadcast<TEvent>(
    Service service, Action<IServiceProvider, TEvent> hear, IServiceProvider provider, ILogger<Broadcast<TEvent>> logger) : BackgroundService
    where TEvent : IEvent
{
    private const int LimitMax = 1000;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private readonly Subscription subscription = new SubscriptionOf<TEvent, object>();
    private long position = -1;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var signal = new Signal();
        service.Signals.Listen(subscription.Topic, subscription.Type, signal.Set);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await InTime.Finish(Read, stoppingToken))
                {
                }
                await signal.Wait(Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogWarning(e, "Broadcast of {Event} failed and tries again", subscription.Type);
                await Task.Delay(Poll, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> Read(CancellationToken ct)
    {
        await using var command = service.DataSource.CreateCommand(ServiceSql.Read(subscription.Topic));
        // At start there is nothing cached yet: only what comes from now on matters.
        command.Parameters.Add(new() { Value = position < 0 ? long.MaxValue : position });
        command.Parameters.Add(new() { Value = new[] { subscription.Type } });
        command.Parameters.Add(new() { Value = (long)LimitMax });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var (end, count) = (position, 0);
        while (await reader.ReadAsync(ct))
        {
            end = reader.GetInt64(0) - 1;
            if (reader.IsDBNull(1))
                continue;
            count++;
            position = reader.GetInt64(1);
            hear(provider, (TEvent)subscription.Read(reader.GetFieldValue<byte[]>(5)));
        }
        if (count < LimitMax)
            position = end;
        return count == LimitMax;
    }
}
