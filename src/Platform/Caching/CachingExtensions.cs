using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Caching;

internal static class CachingExtensions
{
    public static void AddRedis(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<RedisOptions>("Redis");
        builder.Services.AddSingleton<Redis>();
        if (string.IsNullOrEmpty(builder.Configuration["Redis:Configuration"]))
            return;
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Redis>());
        builder.Services.AddSingleton<IReadiness>(provider => provider.GetRequiredService<Redis>());
    }
}
