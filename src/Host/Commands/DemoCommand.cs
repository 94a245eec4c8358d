using System.CommandLine;
using Souk.Host.Demo;
using Souk.Platform;

namespace Souk.Host.Commands;

/// <summary><c>souk demo</c>: loads demo data into an empty marketplace and ends; <c>Souk:Demo</c> does it while serving.</summary>
internal static class DemoCommand
{
    public static Command Command()
    {
        var command = new Command("demo", "Load demo data (people, sellers, products, orders) into an empty marketplace.");
        command.SetAction((_, ct) => CommandLine.With(new() { [WebHostDefaults.ServerUrlsKey] = "http://127.0.0.1:0" }, (app, _) => Run(app, ct), ct));
        return command;
    }

    private static async Task<int> Run(WebApplication app, CancellationToken ct)
    {
        await app.Services.Migrate(ct);
        await app.StartAsync(ct);
        var loaded = await DemoStart.Run(app, text => Console.Error.WriteLine("souk: " + text), ct);
        await app.StopAsync(ct);
        Console.WriteLine(loaded ? DemoStart.SignIns() : "The marketplace has accounts already: nothing was loaded.");
        return loaded ? 0 : 1;
    }
}
