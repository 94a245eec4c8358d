using System.Diagnostics.Metrics;
using Souk.Platform;

namespace Souk.Host.Internal;

/// <summary>
/// Where other processes ask the services of this one: a listener of its own, with no route but these. So no mistake in the
/// public routes, and no header of a stranger, can open them.
/// </summary>
internal sealed class InternalListener(IServiceProvider services, string urls, IReadOnlyList<IModule> hosted)
    : IHostedService
{
    private const int QuestionMax = 64 << 10;
    private const int ConnectionsMax = 1000;
    private WebApplication? app;

    public static string PathOf(string service, string read) => $"/_internal/{service}/{read}";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(urls).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = QuestionMax;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
        });
        builder.Services.AddRoutingCore();
        // The logs and metrics are the process's; so is its end.
        builder.Services.AddSingleton(services.GetRequiredService<ILoggerFactory>());
        builder.Services.AddSingleton(services.GetRequiredService<IMeterFactory>());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        app = builder.Build();
        Neighbours.Answer(app, hosted, services);
        await app.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (app is null)
            return;
        await app.StopAsync(cancellationToken);
        await app.DisposeAsync();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
