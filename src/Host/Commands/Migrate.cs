using System.CommandLine;
using Souk.Platform;

namespace Souk.Host.Commands;

/// <summary><c>souk migrate</c>: brings the databases of all services up to date. Safe to run again, and beside running processes.</summary>
internal static class Migrate
{
    public static Command Command()
    {
        var command = new Command("migrate", "Bring the databases of all services up to date.");
        command.SetAction((_, ct) => CommandLine.Run(() => Run(ct)));
        return command;
    }

    private static async Task<int> Run(CancellationToken ct)
    {
        await using var app = Marketplace.Build(Marketplace.Prepare());
        var count = await app.Services.Migrate(ct);
        Console.WriteLine(count == 0 ? "Nothing to migrate." : $"{count} migrations applied.");
        return 0;
    }
}
