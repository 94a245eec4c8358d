using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Platform.Caching;
using Souk.Platform.Db;
using Souk.Platform.Events;
using Souk.Platform.Events.Kafka;
using Souk.Platform.Http;
using Souk.Platform.OpenApi;
using Souk.Platform.Security;

namespace Souk.Platform;

/// <summary>What every process has, whatever services it hosts.</summary>
public static class PlatformExtensions
{
    /// <summary>Registers the platform. Modules are added after it.</summary>
    public static void AddPlatform(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddKeyedSingleton(DatabaseClock.Wall, TimeProvider.System);
        services.AddSingleton<DatabaseClock>();
        services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<DatabaseClock>());
        services.AddHostedService<ClockWatch>();
        services.AddSingleton<Secrets>();
        services.AddSingleton<Connections>();
        services.AddSingleton<Signals>();
        services.AddHostedService<Models>();
        services.AddHostedService<Notices>();
        services.AddSingleton<Migrator>();
        builder.AddRedis();
        if (builder.UsesKafka())
            builder.AddKafka();
        builder.AddSecurity();
        builder.AddSoukHttp();
        builder.AddSoukOpenApi();
    }

    /// <summary>Brings the databases of the hosted services up to date; answers how many migrations ran.</summary>
    public static Task<int> Migrate(this IServiceProvider services, CancellationToken ct) =>
        services.GetRequiredService<Migrator>().Run(ct);

    /// <summary>The migrations that have not run yet.</summary>
    public static Task<IReadOnlyList<string>> PendingMigrations(this IServiceProvider services, CancellationToken ct) =>
        services.GetRequiredService<Migrator>().Pending(ct);

    /// <summary>Maps a module's routes below the filter that commits what they change.</summary>
    public static void MapModule(this IEndpointRouteBuilder app, IModule module)
    {
        var group = app.MapGroup("");
        group.WithMetadata(new ModuleRoute(module.Name));
        WriteFilter.AddTo(group, module.Name);
        module.MapEndpoints(group);
    }
}
