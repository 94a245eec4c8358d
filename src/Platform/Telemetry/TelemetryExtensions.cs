using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Souk.Platform.Db;
using Souk.Platform.Security;

namespace Souk.Platform.Telemetry;

/// <summary>
/// Logs on stdout, metrics on <c>/metrics</c>, health for whoever starts and stops processes, and all three over OTLP when
/// <c>Telemetry:OtlpEndpoint</c> (or the standard <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>) names a collector.
/// </summary>
public static class TelemetryExtensions
{
    // Ours, and what the framework and the driver measure already.
    private static readonly string[] Meters =
    [
        "Souk.*", "Npgsql", "System.Runtime", "System.Net.Http", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.RateLimiting", "Microsoft.AspNetCore.Diagnostics",
    ];

    private static readonly string[] Sources = ["Souk.*", "Npgsql", "System.Net.Http", "Microsoft.AspNetCore"];

    /// <summary>Registers logs, metrics, traces and health.</summary>
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        var otlp = builder.Configuration["Telemetry:OtlpEndpoint"] ?? builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        var exports = !string.IsNullOrEmpty(otlp);
        var roles = builder.Configuration["roles"] ?? "all";
        void Name(ResourceBuilder resource) => resource.AddService("souk").AddAttributes([new("souk.roles", roles)]);
        AddLogs(builder, exports ? otlp : null, Name);
        var services = builder.Services;
        // In one process it would say the same in every line.
        if (roles != "all")
            services.AddSingleton<IExternalScopeProvider>(new RolesInLogs(roles));
        services.AddSingleton<Readiness>();
        services.AddHostedService<Draining>();
        services.AddHostedService<Gauges>();
        services.AddSingleton<PrometheusText>();
        services.AddSingleton(provider =>
        {
            var meters = Sdk.CreateMeterProviderBuilder().ConfigureResource(Name).AddMeter(Meters)
                .AddReader(new BaseExportingMetricReader(provider.GetRequiredService<PrometheusText>()));
            if (exports)
                meters.AddOtlpExporter(exporter => Endpoint(exporter, otlp!));
            return meters.Build();
        });
        if (exports)
            services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder().ConfigureResource(Name).AddSource(Sources)
                .AddOtlpExporter(exporter => Endpoint(exporter, otlp!)).Build());
        services.AddHostedService<TelemetryStart>();
    }

    /// <summary>Maps <c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>.</summary>
    public static void MapTelemetry(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("").WithTags("Operations");
        group.MapGet("/health/live", () => TypedResults.Ok(new HealthResponse("live", []))).AllowGuests()
            .WithSummary("Whether the process runs")
            .WithDescription("Answers as long as the process can answer at all. One that does not is to be restarted.");
        group.MapGet("/health/ready", Ready).AllowGuests()
            .WithSummary("Whether the process may get requests")
            .WithDescription(
                "503 while the database cannot be reached, its schema is older than the program, the machine's clock is "
                + "more than a minute off the database's, or the process drains.")
            .Produces<HealthResponse>(StatusCodes.Status200OK)
            .Produces<HealthResponse>(StatusCodes.Status503ServiceUnavailable);
        if (app.ServiceProvider.GetRequiredService<IConfiguration>().GetValue("Telemetry:Metrics", true))
            group.MapGet("/metrics", (PrometheusText metrics) => TypedResults.Text(metrics.Scrape(), PrometheusText.ContentType)).AllowGuests()
                .WithSummary("The process's metrics in Prometheus text format")
                .WithDescription("For the scraper inside the network. The gateway does not pass it on.");
    }

    private static async Task<IResult> Ready(Readiness readiness, HttpContext http, CancellationToken ct)
    {
        var response = await readiness.Check(ct);
        http.Response.Headers.CacheControl = "no-store";
        return response.Status == "ready" ? TypedResults.Ok(response) : TypedResults.Json(response, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static void AddLogs(IHostApplicationBuilder builder, string? otlp, Action<ResourceBuilder> name)
    {
        builder.Logging.ClearProviders();
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (builder.Environment.IsDevelopment())
            builder.Logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.TimestampFormat = "HH:mm:ss.fff ";
                options.ColorBehavior = LoggerColorBehavior.Default;
            });
        else
            builder.Logging.AddJsonConsole(options =>
            {
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
                options.IncludeScopes = true;
            });
        if (otlp is not null)
            builder.Logging.AddOpenTelemetry(options =>
            {
                var resource = ResourceBuilder.CreateDefault();
                name(resource);
                options.SetResourceBuilder(resource);
                options.IncludeFormattedMessage = true;
                options.AddOtlpExporter(exporter => Endpoint(exporter, otlp));
            });
    }

    private static void Endpoint(OtlpExporterOptions exporter, string otlp) => exporter.Endpoint = new Uri(otlp);

    // The providers live as long as the host; asking for them is what starts them.
    private sealed class TelemetryStart(MeterProvider meters, IEnumerable<Service> services, IServiceProvider provider)
        : IHostedService, IDisposable
    {
        private readonly Meter meter = new("Souk.Process");

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = (meters, provider.GetService<TracerProvider>());
            meter.CreateObservableGauge(
                "souk_role",
                () => services.Select(one => new Measurement<int>(1, KeyValuePair.Create("role", (object?)one.Name))),
                description: "The services that this process hosts.");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() => meter.Dispose();
    }
}

/// <summary>The answer of the health routes.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>not_ready</c>.</param>
/// <param name="Problems">What is missing, a sentence each; empty when nothing is. Some of it a process can do without, and is ready.</param>
public sealed record HealthResponse(string Status, IReadOnlyList<string> Problems);
