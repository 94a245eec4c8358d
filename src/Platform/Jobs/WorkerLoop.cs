using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Souk.Platform.Events;

namespace Souk.Platform.Jobs;

/// <summary>Wakes a worker of this process; call it after the commit that made its work (<c>db.AfterCommit(wakes.Now)</c>).</summary>
/// <typeparam name="TWorker">The worker.</typeparam>
public sealed class Wakes<TWorker> where TWorker : class, IWorker
{
    internal Signal Signal { get; } = new();

    /// <summary>The worker looks at once instead of at its next poll.</summary>
    public void Now() => Signal.Set();

    /// <summary>The same where nobody waits: work is gathered for a while, or taken along when the worker is woken before.</summary>
    public void Within(TimeSpan delay) => Signal.SetWithin(delay);
}

internal sealed class WorkerLoop<TWorker>(IServiceScopeFactory scopes, Wakes<TWorker> wakes, ILogger<TWorker> logger) : BackgroundService
    where TWorker : class, IWorker
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                if (await scope.ServiceProvider.GetRequiredService<TWorker>().Run(stoppingToken))
                    continue;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The rows keep their lease until it ends; then they are tried again.
                logger.LogError(e, "{Worker} failed and goes on", typeof(TWorker).Name);
                await Task.Delay(Poll, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            try
            {
                await wakes.Signal.Wait(Poll, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
