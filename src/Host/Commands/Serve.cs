using System.CommandLine;
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
            await app.RunAsync(ct);
            return 0;
        }, ct);
    }
}
