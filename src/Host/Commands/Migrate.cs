using System.CommandLine;
using Souk.Platform;

namespace Souk.Host.Commands;

/// <summary><c>souk migrate</c>: brings the databases of all services up to date. Safe to run again, and beside running processes.</summary>
internal static class Migrate
{
    public static Command Command()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "List what would run and change nothing." };
        var command = new Command("migrate", "Bring the databases of all services up to date.") { dryRun };
        command.SetAction((parsed, ct) => CommandLine.With([], (app, _) => Run(app, parsed.GetValue(dryRun), ct), ct));
        return command;
    }

    private static async Task<int> Run(WebApplication app, bool dryRun, CancellationToken ct)
    {
        if (dryRun)
        {
            var pending = await app.Services.PendingMigrations(ct);
            foreach (var file in pending)
                Console.WriteLine(file);
            Console.WriteLine($"{pending.Count} migrations would run.");
            return 0;
        }
        Console.WriteLine($"{await app.Services.Migrate(ct)} migrations ran.");
        return 0;
    }
}
