using Souk.Identity;
using Souk.Platform.Db;

namespace Souk.Host.Demo;

/// <summary>Loads demo data into a marketplace that has nobody yet, once, and says who may sign in.</summary>
internal static class DemoStart
{
    /// <summary>Loads it through the API of the started application. What was interrupted goes on at the next start.</summary>
    /// <returns>Whether the marketplace has demo data now.</returns>
    public static Task<bool> Run(WebApplication app, Action<string> say, CancellationToken ct) =>
        Run(app, Address(app), say, ct);

    /// <summary>The same through an API that other processes serve.</summary>
    public static async Task<bool> Run(WebApplication app, string address, Action<string> say, CancellationToken ct)
    {
        var done = Path.Combine(app.Configuration["Souk:DataFolder"]!, "demo-loaded");
        if (File.Exists(done))
            return true;
        var identity = app.Services.GetServices<Service>().Single(service => service.Name == "identity");
        await using (var others = identity.DataSource.CreateCommand(
            "select exists (select 1 from accounts) and not exists (select 1 from accounts where email_key = $1)"))
        {
            others.Parameters.Add(new() { Value = DemoData.Admin });
            if ((bool)(await others.ExecuteScalarAsync(ct))!)
                return false;
        }
        using var handler = new SocketsHttpHandler();
        using var http = new HttpClient(handler) { BaseAddress = new Uri(address) };
        await new DemoData(
            new DemoApi(http), app.Services.GetRequiredService<AdminInvitations>(), app.Configuration["Souk:Currency"] ?? "EUR", say).Load(ct);
        Directory.CreateDirectory(Path.GetDirectoryName(done)!);
        await File.WriteAllTextAsync(done, "", ct);
        return true;
    }

    /// <summary>Where this process is reached from this machine.</summary>
    public static string Address(WebApplication app) =>
        app.Urls.First().Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "127.0.0.1", StringComparison.Ordinal)
            .Replace("//*", "//127.0.0.1", StringComparison.Ordinal).Replace("//+", "//127.0.0.1", StringComparison.Ordinal);

    public static string SignIns() => $"""
          Sign-ins   password of all: {DemoData.Password}
                     staff    {DemoData.Admin}
                     buyer    {DemoData.Buyer}
                     sellers  {string.Join(", ", DemoData.Sellers)}
        """;
}
