using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using Souk.Host.Embedded;
using Souk.Host.Internal;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;
using Souk.Platform.Telemetry;

namespace Souk.Host;

/// <summary>Puts the application together: the configuration, the platform, and the services this process hosts.</summary>
internal static class Marketplace
{
    public const string DefaultUrl = "http://127.0.0.1:5000";

    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Souk:DataFolder"] = ".souk",
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
        ["Logging:LogLevel:Npgsql"] = "Warning",
        ["Logging:LogLevel:System.Net.Http"] = "Warning",
    };

    /// <summary>The builder with the configuration read and checked and everything registered; a test may still change it.</summary>
    /// <param name="settings">Set above the environment and the files, as the command line is.</param>
    /// <exception cref="ConfigurationException">Something in the configuration is wrong.</exception>
    public static WebApplicationBuilder Prepare(IReadOnlyDictionary<string, string?>? settings = null) => Register(Configure(settings));

    /// <summary>The builder with nothing but the configuration.</summary>
    public static WebApplicationBuilder Configure(IReadOnlyDictionary<string, string?>? settings = null)
    {
        settings ??= new Dictionary<string, string?>();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = settings.GetValueOrDefault(HostDefaults.EnvironmentKey),
        });
        // Below everything that is configured.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        builder.Configuration.AddInMemoryCollection(settings);
        return builder;
    }

    /// <summary>With no database configured: starts the private one, with a secret of its own, and configures both.</summary>
    /// <returns>To be disposed of after the application; null where a database is configured.</returns>
    public static async Task<EmbeddedPostgres?> StartEmbedded(WebApplicationBuilder builder, Action<string> say, CancellationToken ct)
    {
        var configuration = builder.Configuration;
        if (configuration.GetSection("ConnectionStrings").GetChildren().Any())
            return null;
        var data = configuration["Souk:DataFolder"]!;
        if (string.IsNullOrEmpty(configuration["Souk:Secret"]))
            configuration["Souk:Secret"] = EmbeddedPostgres.Secret(data);
        var postgres = await EmbeddedPostgres.Start(data, say, ct);
        configuration["ConnectionStrings:Souk"] = postgres.ConnectionString;
        return postgres;
    }

    /// <summary>Checks the configuration and registers the platform and the hosted services.</summary>
    /// <param name="builder">With its configuration.</param>
    /// <param name="serves">Whether the process will serve; else what only that needs may be missing.</param>
    /// <exception cref="ConfigurationException">Something in the configuration is wrong.</exception>
    public static WebApplicationBuilder Register(WebApplicationBuilder builder, bool serves = false)
    {
        var configuration = builder.Configuration;
        ConfigurationChecks.Run(configuration, serves);
        builder.Host.UseDefaultServiceProvider(options => options.ValidateScopes = options.ValidateOnBuild = true);
        if (string.IsNullOrEmpty(configuration[WebHostDefaults.ServerUrlsKey]))
            builder.WebHost.UseUrls(DefaultUrl);
        // What links in mails and callbacks of gateways begin with.
        if (string.IsNullOrEmpty(configuration["Souk:PublicUrl"]))
            configuration["Souk:PublicUrl"] = (configuration[WebHostDefaults.ServerUrlsKey] ?? DefaultUrl).Split(';')[0];

        builder.AddPlatform();
        builder.AddTelemetry();
        var hosted = Hosted(configuration);
        foreach (var module in hosted)
            module.AddServices(builder);
        builder.AddNeighbours(hosted);
        return builder;
    }

    /// <summary>Builds the application and maps the routes of its services.</summary>
    /// <exception cref="ConfigurationException">Something in the configuration is wrong.</exception>
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        try
        {
            // The host would check them too, but after the first background service runs.
            app.Services.GetService<IStartupValidator>()?.Validate();
        }
        catch (OptionsValidationException e)
        {
            throw new ConfigurationException(e.Failures);
        }
        app.UseSoukHttp(web => web.UseAccess());
        app.MapTelemetry();
        foreach (var module in Hosted(builder.Configuration))
            app.MapModule(module);
        return app;
    }

    /// <summary>The services that <c>--roles</c> (or <c>ROLES</c>) names; all by default.</summary>
    public static IReadOnlyList<IModule> Hosted(IConfiguration configuration)
    {
        var roles = Roles(configuration);
        return roles is ["all"] ? Program.Modules : [.. Program.Modules.Where(module => roles.Contains(module.Name))];
    }

    /// <summary>How a service is written in settings: <c>Orders</c>.</summary>
    public static string SettingOf(string service) => char.ToUpperInvariant(service[0]) + service[1..];

    public static string[] Roles(IConfiguration configuration) =>
        (configuration["roles"] ?? "all").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
