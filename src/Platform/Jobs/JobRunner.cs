using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Souk.Platform.Db;

namespace Souk.Platform.Jobs;

/// <summary>
/// Runs one job at its interval. The row in <c>jobs</c> is its lease: whoever moves it runs, the others look again later; a
/// process that dies leaves a lease that ends by itself.
/// </summary>
internal sealed class JobRunner<TJob>(Service service, TimeSpan every, IServiceScopeFactory scopes, ILogger<TJob> logger) : BackgroundService
    where TJob : class, IJob
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(1);
    private readonly string name = typeof(TJob).Name;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var look = TimeSpan.FromTicks(Math.Min(every.Ticks, TimeSpan.FromSeconds(30).Ticks));
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
        try
        {
            if (!await Take(ct))
                return;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(RunMax);
            await using var scope = scopes.CreateAsyncScope();
            var db = (ServiceDb)scope.ServiceProvider.GetRequiredService(service.DbType);
            db.Work.Start();
            await scope.ServiceProvider.GetRequiredService<TJob>().Run(limit.Token);
            await db.Commit(last: null, limit.Token);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            logger.LogError(e, "Job {Job} of {Service} failed; it runs again at its time", name, service.Name);
            error = e.GetType().Name;
        }
        try
        {
            await Release(error, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            logger.LogWarning(e, "The lease of job {Job} could not be given back; it ends by itself", name);
        }
    }

    private async Task<bool> Take(CancellationToken ct)
    {
        await using var take = service.DataSource.CreateCommand("""
            insert into jobs as j (name, leased_until, last_started_at) values ($1, now() + $2, now())
            on conflict (name) do update set leased_until = now() + $2, last_started_at = now()
             where j.leased_until < now() and j.next_run_at <= now()
            """);
        take.Parameters.Add(new() { Value = name });
        take.Parameters.Add(new() { Value = Lease });
        return await take.ExecuteNonQueryAsync(ct) == 1;
    }

    private async Task Release(string? error, CancellationToken ct)
    {
        await using var release = service.DataSource.CreateCommand("""
            update jobs set leased_until = '-infinity', last_finished_at = now(), last_error = $2, next_run_at = last_started_at + $3
             where name = $1 and leased_until > now()
            """);
        release.Parameters.Add(new() { Value = name });
        release.Parameters.Add(Pg.Text(error));
        release.Parameters.Add(new() { Value = every });
        await release.ExecuteNonQueryAsync(ct);
    }
}
