using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Events.Kafka;

/// <summary>Registers what all services of a process share of Kafka.</summary>
internal static class KafkaExtensions
{
    /// <summary>Whether events go through Kafka: <c>Kafka:BootstrapServers</c> is set.</summary>
    public static bool UsesKafka(this IHostApplicationBuilder builder) =>
        !string.IsNullOrEmpty(builder.Configuration["Kafka:BootstrapServers"]);

    public static void AddKafka(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<KafkaOptions>("Kafka");
        builder.Services.AddSingleton<IValidateOptions<KafkaOptions>, KafkaOptionsCheck>();
        builder.Services.AddSingleton<KafkaClients>();
        builder.Services.AddSingleton<IReadiness>(provider => provider.GetRequiredService<KafkaClients>());
        builder.Services.AddSingleton<KafkaTopics>();
    }
}
