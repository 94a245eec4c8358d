using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Souk.Platform.Db;

namespace Souk.Platform.Jobs;

/// <summary>
/// Runs one job at its interval. The row in <c>jobs</c> is its lease: whoever moves it runs, and renews it meanwhile; the
/// others look again later. A process that dies leaves a lease that ends by itself: another goes on within 20 seconds.
/// </summary>
internal sealed class JobRunner<TJob>(Service service, TimeSpan every, IServiceScopeFactory scopes, ILogger<TJob> logger) : BackgroundService
    where TJob : class, IJob
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    // A run may take a minute: then its lease is renewed no more.
    private const int RenewalsMax = 12;
    private readonly string name = typeof(TJob).Name;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var look = TimeSpan.FromTicks(Math.Min(every.Ticks, LookEvery.Ticks));
        using var timer = new PeriodicTimer(look);
        try
        {
            do
            {
                await RunWhenDue(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends; the lease of a run in its middle ends by itself.
        }
    }

    private async Task RunWhenDue(CancellationToken ct)
    {
        string? error = null;
        DateTime? started = null;
        try
        {
            // Counted from before the lease is asked for: the run is stopped before another may begin.
            using var held = CancellationTokenSource.CreateLinkedTokenSource(ct);
            held.CancelAfter(Lease);
            started = await Take(held.Token);
            if (started is null)
                return;
            var renewing = Renew(started.Value, held);
            try
            {
                await Run(held.Token);
            }
            finally
            {
                await held.CancelAsync();
                // A renewal that failed has stopped the run, which says so itself.
                await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            logger.LogError(e, "Job {Job} of {Service} failed; it runs again at its time", name, service.Name);
            error = e.GetType().Name;
        }
        try
        {
            if (started is not null)
                await Release(started.Value, error, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            logger.LogWarning(e, "The lease of job {Job} could not be given back; it ends by itself", name);
        }
    }

    private async Task Run(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = (ServiceDb)scope.ServiceProvider.GetRequiredService(service.DbType);
        db.Work.Start();
        await scope.ServiceProvider.GetRequiredService<TJob>().Run(ct);
        await db.Commit(last: null, ct);
    }

    /// <summary>Takes the lease; null when another has it, or it is not time. The beginning of the run tells it from others.</summary>
    private async Task<DateTime?> Take(CancellationToken ct)
    {
        var taken = await service.Query(
            """
            insert into jobs as j (name, leased_until, last_started_at) values ($1, now() + $2, now())
            on conflict (name) do update set leased_until = now() + $2, last_started_at = now()
             where j.leased_until < now() and j.next_run_at <= now()
            returning last_started_at
            """,
            row => row.GetDateTime(0), ct, name, Lease);
        return taken is [var started] ? started : null;
    }

    private async Task Renew(DateTime started, CancellationTokenSource held)
    {
        for (var times = 0; times < RenewalsMax; times++)
        {
            await Task.Delay(RenewEvery, held.Token);
            var asked = Stopwatch.GetTimestamp();
            var renewed = await service.Execute(
                "update jobs set leased_until = now() + $3 where name = $1 and last_started_at = $2 and leased_until > now()",
                held.Token, name, started, Lease);
            if (renewed == 0)
                return;
            held.CancelAfter(Lease - Stopwatch.GetElapsedTime(asked));
        }
    }

    private Task<int> Release(DateTime started, string? error, CancellationToken ct) => service.Execute(
        """
        update jobs set leased_until = '-infinity', last_finished_at = now(), last_error = $3,
               next_run_at = last_started_at + $4
         where name = $1 and last_started_at = $2 and leased_until > now()
        """,
        ct, name, started, Pg.Text(error), every);
}
