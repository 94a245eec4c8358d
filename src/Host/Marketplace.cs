using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Host;

/// <summary>Puts the application together: the configuration, the platform, and the services this process hosts.</summary>
internal static class Marketplace
{
    public const string DefaultUrl = "http://127.0.0.1:5000";

    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
        ["Logging:LogLevel:Npgsql"] = "Warning",
        ["Logging:LogLevel:System.Net.Http"] = "Warning",
    };

    /// <summary>The builder with everything registered; a command or a test may still change it.</summary>
    /// <param name="settings">Set above the environment and the files, as the command line is.</param>
    /// <exception cref="ConfigurationException">Something in the configuration is wrong.</exception>
    public static WebApplicationBuilder Prepare(IReadOnlyDictionary<string, string?>? settings = null)
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
        builder.Host.UseDefaultServiceProvider(options => options.ValidateScopes = options.ValidateOnBuild = true);
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
            builder.WebHost.UseUrls(DefaultUrl);
        if (string.IsNullOrEmpty(builder.Configuration["Souk:PublicUrl"]))
            builder.Configuration["Souk:PublicUrl"] = builder.Configuration[WebHostDefaults.ServerUrlsKey]!.Split(';')[0];
        ConfigurationChecks.Run(builder.Configuration);

        builder.AddPlatform();
        foreach (var module in Hosted(builder.Configuration))
            module.AddServices(builder);
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

    public static string[] Roles(IConfiguration configuration) =>
        (configuration["roles"] ?? "all").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
