using Microsoft.Extensions.Hosting;
using Souk.Platform.Db;

namespace Souk.Platform.Events;

internal sealed class Consumer(Service service) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.FromResult(service.Name);
}
