using System.CommandLine;
using System.CommandLine.Parsing;
using Spectre.Console;

namespace Souk.Bench.Olist;

/// <summary>Plays a real multi-seller marketplace sample through the HTTP API and compares the outcome to the cent.</summary>
internal static class OlistCommand
{
    public static Command Command()
    {
        var folder = new Option<DirectoryInfo>("--data") { Description = "Folder with the sample's CSV files.", Required = true };
        var url = new Option<Uri?>("--url") { CustomParser = Address, Description = "A marketplace that runs, in Development, with BRL as its currency and companies approved at once. Without it one is started on a database of its own." };
        var admin = new Option<string?>("--admin") { Description = "E-mail and password of somebody of the staff, as email:password; makes the categories. Without it products stand in none." };
        var state = new Option<FileInfo>("--state") { Description = "What was done already; the program goes on from there.", DefaultValueFactory = _ => new FileInfo("olist.state") };
        var report = new Option<FileInfo>("--report") { Description = "Where the report goes.", DefaultValueFactory = _ => new FileInfo("olist-report.md") };
        var take = new Option<int?>("--take") { Description = "Only the first orders of the sample." };
        var parallel = new Option<int>("--parallel") { Description = "Requests at a time.", DefaultValueFactory = _ => 8 };
        var kills = new Option<int>("--kills") { Description = "How often the host is killed in mid-run (only when it was started here).", DefaultValueFactory = _ => 0 };
        var split = new Option<bool>("--split") { Description = "As separate services: starts deploy/local-split in a folder of its own. Each kill is of another of its processes." };
        var command = new Command("olist", "Plays the Olist sample through the HTTP API: sellers, offers, orders, payments, shipment.") { folder, url, split, admin, state, report, take, parallel, kills };
        command.SetAction(async (parsed, ct) =>
        {
            var data = OlistData.Read(parsed.GetValue(folder)!);
            var orders = parsed.GetValue(take) is { } count ? [.. data.Orders.Take(count)] : data.Orders;
            using var journal = new OlistJournal(parsed.GetValue(state)!);
            await using var target = parsed.GetValue(url) is not null ? null : await Start(parsed.GetValue(split), parsed.GetValue(state)!);
            var address = parsed.GetValue(url) ?? target!.Url;
            var guest = new Api(Api.Connect(address));
            var staff = await Staff(guest, target, parsed.GetValue(admin));
            var killing = target is null ? Task.CompletedTask : Kill(target, journal, orders.Count, parsed.GetValue(kills));

            await new OlistPlayer(guest, staff, data, journal, parsed.GetValue(parallel)).Play(orders);
            await killing;
            var (clean, text) = await new OlistAudit(guest, data, journal, parsed.GetValue(parallel)).Compare(orders);
            await File.WriteAllTextAsync(parsed.GetValue(report)!.FullName, text, ct);
            AnsiConsole.WriteLine(text[..text.IndexOf("## ", StringComparison.Ordinal)]);
            AnsiConsole.WriteLine($"The whole report is in {parsed.GetValue(report)}.");
            var verified = await Verified(target);
            if (target is not null)
                AnsiConsole.WriteLine($"Digest of orders, stock, ledger and seller balances: {await OlistDigest.Of(target.Owner, journal)}");
            return clean && verified ? 0 : 1;
        });
        return command;
    }

    private static async Task<Target> Start(bool split, FileInfo state)
    {
        if (!split)
            return await OneProcess.Start("souk_olist", keep: state.Exists, currency: "BRL");
        if (state.Exists)
            throw new InvalidOperationException($"{state} tells of another run; separate services begin with nothing. Give another --state.");
        return await Split.Start(currency: "BRL");
    }

    private static Uri? Address(ArgumentResult argument)
    {
        if (Uri.TryCreate(argument.Tokens[0].Value, UriKind.Absolute, out var url))
            return url;
        argument.AddError($"{argument.Tokens[0].Value} is no address.");
        return null;
    }

    private static async Task<bool> Verified(Target? target)
    {
        if (target is null)
            return true;
        var (code, output) = await target.Command("verify");
        AnsiConsole.WriteLine(output);
        return code == 0;
    }

    private static async Task<Api?> Staff(Api guest, Target? target, string? admin)
    {
        if (admin is null && target is not null)
            admin = await target.MakeAdmin(guest);
        if (admin?.Split(':', 2) is not [var email, var password])
            return null;
        return guest.As(accessToken: (string)(await guest.Post("/auth/login", new { email, password })).Must()["access_token"]!);
    }

    // At even distances of the orders played, not of time: the same moments on a slow and on a fast machine.
    private static async Task Kill(Target target, OlistJournal journal, int orders, int kills)
    {
        for (var kill = 1; kill <= kills; kill++)
        {
            while (journal.Orders.Count < orders * kill / (kills + 1))
                await Task.Delay(100);
            var next = target.Kills[(kill - 1) % target.Kills.Count];
            AnsiConsole.MarkupLineInterpolated($"[red]{next.Name} after {journal.Orders.Count} orders.[/]");
            await next.Inflict();
            await target.Ready();
        }
    }
}
