using System.CommandLine;
using Souk.Host.Demo;
using Souk.Platform;

namespace Souk.Host.Commands;

/// <summary>
/// <c>souk demo</c>: loads demo data into an empty marketplace and ends; <c>Souk:Demo</c> does it while serving. With
/// <c>--url</c> through the gateway of a marketplace that runs; without it the command serves meanwhile.
/// </summary>
internal static class DemoCommand
{
    public static Command Command()
    {
        var url = new Option<string?>("--url")
        {
            Description = "Where the marketplace is served, such as its gateway. Default: here, while it loads.",
        };
        var command = new Command("demo", "Load demo data (people, sellers, products, orders) into an empty market.")
        {
            url,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(url) is { } address && !Uri.TryCreate(address, UriKind.Absolute, out _))
                result.AddError("--url takes an address, for example http://127.0.0.1:8080.");
        });
        command.SetAction((parsed, ct) => parsed.GetValue(url) is { } address ? Through(address, ct) : Here(ct));
        return command;
    }

    private static Task<int> Here(CancellationToken ct) => CommandLine.With(
        new() { [WebHostDefaults.ServerUrlsKey] = "http://127.0.0.1:0" },
        async (app, _) =>
        {
            await app.Services.Migrate(ct);
            await app.StartAsync(ct);
            var loaded = await DemoStart.Run(app, CommandLine.Say, ct);
            await app.StopAsync(ct);
            return Say(loaded);
        },
        ct);

    // Its administrator is made in Identity's database, as souk admin create does; everything else through the API.
    private static Task<int> Through(string address, CancellationToken ct) => CommandLine.With(
        new() { ["roles"] = "identity" },
        async (app, _) => Say(await DemoStart.Run(app, address, CommandLine.Say, ct)),
        ct);

    private static int Say(bool loaded)
    {
        Console.WriteLine(loaded ? DemoStart.SignIns() : "The marketplace has accounts already: nothing was loaded.");
        return loaded ? 0 : 1;
    }
}
