using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Souk.Platform.Db;

/// <summary>
/// Builds the entity model of every service, and lets EF Core compile a query, before the first request and the first event.
/// Left to its first use, that work of a second, of many on a busy machine, would be done inside a transaction, and whoever
/// waits for a row it holds would wait for the compiler too.
/// </summary>
internal sealed class Models(IEnumerable<Service> services, IServiceScopeFactory scopes) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(services.Select(service => Task.Run(() => Build(service), cancellationToken)));

    private async Task Build(Service service)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = (ServiceDb)scope.ServiceProvider.GetRequiredService(service.DbType);
        _ = db.Model;
        // Compiled, not sent: a process starts though its database is away.
        _ = db.Database.SqlQueryRaw<int>("select 1").ToQueryString();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
