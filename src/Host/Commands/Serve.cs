using System.CommandLine;
using Souk.Host.Demo;
using Souk.Platform;

namespace Souk.Host.Commands;

/// <summary><c>souk</c>: serves the HTTP API and does the work behind it, until it is told to stop.</summary>
internal static class Serve
{
    public static void AddTo(RootCommand root)
    {
        var roles = new Option<string?>("--roles")
        {
            Description = $"The services to host, separated by commas: {string.Join(", ", Program.Modules.Select(m => m.Name))}. Default: all (or ROLES).",
        };
        var urls = new Option<string?>("--urls")
        {
            Description = $"Where to listen, separated by semicolons. Default: ASPNETCORE_URLS, else {Marketplace.DefaultUrl}.",
        };
        root.Options.Add(roles);
        root.Options.Add(urls);
        root.SetAction((parsed, ct) => Run(parsed.GetValue(roles), parsed.GetValue(urls), ct));
    }

    private static Task<int> Run(string? roles, string? urls, CancellationToken ct)
    {
        var settings = new Dictionary<string, string?>();
        if (roles is not null)
            settings["roles"] = roles;
        if (urls is not null)
            settings[WebHostDefaults.ServerUrlsKey] = urls;
        return CommandLine.With(settings, async (app, embedded) =>
        {
            // In production many processes start at once, while another step of the deployment migrates.
            if (embedded || app.Environment.IsDevelopment())
                await app.Services.Migrate(ct);
            await app.StartAsync(ct);
            if (app.Environment.IsDevelopment())
                await Welcome(app, ct);
            await app.WaitForShutdownAsync(ct);
            return 0;
        }, ct, serves: true);
    }

    // For whoever started it at a terminal; in production the log is for machines.
    private static async Task Welcome(WebApplication app, CancellationToken ct)
    {
        var demo = false;
        try
        {
            // It goes through all services: who hosts only some has souk demo --url.
            demo = app.Configuration.GetValue("Souk:Demo", false)
                && Marketplace.Roles(app.Configuration) is ["all"]
                && await DemoStart.Run(app, CommandLine.Say, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is InvalidOperationException or HttpRequestException)
        {
            CommandLine.Say($"Demo data was not loaded completely; the next start goes on with it. {e.Message}");
        }
        Console.Error.WriteLine($"""

              Souk is open on {DemoStart.Address(app)}

              API        {DemoStart.Address(app)}/docs
              Health     {DemoStart.Address(app)}/health/ready
              Metrics    {DemoStart.Address(app)}/metrics
            {(demo ? DemoStart.SignIns() : "  Staff      souk admin create <address>")}

              Ctrl-C ends it.

            """);
    }
}
