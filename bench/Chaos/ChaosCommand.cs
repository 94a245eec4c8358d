using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Souk.Bench.Chaos;

/// <summary>Buys all the time while one fault comes after another, and then looks for what must never happen.</summary>
internal static class ChaosCommand
{
    private const int Clients = 16;
    private const int ScarceOffers = 2;
    private const int ScarcePieces = 200;

    // Some checks of souk verify leave out what happened in the last minute.
    private static readonly TimeSpan VerifyAfter = TimeSpan.FromSeconds(61);

    public static Command Command(Option<bool> split)
    {
        var seconds = new Option<int>("--seconds") { Description = "Load between the end of one fault and the next.", DefaultValueFactory = _ => 5 };
        var seed = new Option<int?>("--seed") { Description = "Decides the order of the faults and who buys what; another each time without it." };
        var only = new Option<string>("--only") { Description = "Only faults that have this in their name.", DefaultValueFactory = _ => "" };
        var command = new Command("chaos", "Kills, stops and cuts off one process after another while guests buy, and looks for what was lost, doubled or oversold.") { split, seconds, seed, only };
        command.SetAction((parsed, _) => parsed.GetValue(split) && !OwnNetwork.IsHere
            ? OwnNetwork.RunAgain()
            : Run(parsed.GetValue(split), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(seed) ?? Random.Shared.Next(1_000_000), parsed.GetValue(only)!));
        return command;
    }

    private static async Task<int> Run(bool split, TimeSpan pause, int seed, string only)
    {
        await using Target target = split ? await Split.Start() : await OneProcess.Start("souk_chaos");
        var market = new Market(target);
        await market.Build();
        var buyers = new Buyers(target.Url, market.Offers, await market.Scarce(ScarceOffers, ScarcePieces), seed);
        var faults = target.Faults.Where(fault => fault.Name.Contains(only, StringComparison.Ordinal)).ToArray();
        new Random(seed).Shuffle(faults);

        var page = new StringBuilder().AppendLine("| fault | ready again after s | first order after s | longest without an order s |").AppendLine("|---|--:|--:|--:|");
        using var stop = new CancellationTokenSource();
        var load = buyers.Run(Clients, stop.Token);
        // The runtime compiles its hot code anew meanwhile.
        await Task.Delay(TimeSpan.FromSeconds(15));
        foreach (var fault in faults)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{fault.Name}[/]");
            page.AppendLine(await Row(fault, target, buyers));
            await Task.Delay(pause);
        }
        await stop.CancelAsync();
        await load;

        var (figures, clean) = await Look(target, buyers, seed);
        await Console.Out.WriteLineAsync(page.AppendLine().Append(figures).ToString());
        if (!clean && target is Split processes)
            await Console.Out.WriteLineAsync($"Logs: {processes.KeepLogs()}");
        return clean ? 0 : 1;
    }

    // A time counts from the end of the fault, which for a process that was killed is its death.
    private static async Task<string> Row(Fault fault, Target target, Buyers buyers)
    {
        var begun = Stopwatch.GetTimestamp();
        await fault.Inflict();
        var over = Stopwatch.GetTimestamp();
        await target.Ready();
        var ready = Stopwatch.GetElapsedTime(over);
        var first = await buyers.FirstAfter(over);
        var gap = buyers.LongestGap(begun, Stopwatch.GetTimestamp());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {fault.Name} | {ready.TotalSeconds:0.0} | {(first is null ? "never" : $"{Stopwatch.GetElapsedTime(over, first.Ended).TotalSeconds:0.0}")} | {gap.TotalSeconds:0.0} |");
    }

    private static async Task<(string Figures, bool Clean)> Look(Target target, Buyers buyers, int seed)
    {
        var audit = new Audit(target.Owner);
        var (stuck, took) = await audit.Drain();
        var purchases = buyers.Purchases;
        var failed = purchases.Where(p => p.IsFailed).ToList();
        (string Name, long Count)[] nothing =
        [
            ("lost", await audit.Lost(purchases)), ("doubled", await audit.Doubled()), ("inverted", await audit.Inverted()),
            ("oversold", await audit.Oversold()), ("stuck", stuck), ("dead letters", await audit.Dead()), ("failed", failed.Count),
        ];
        await Task.Delay(VerifyAfter);
        var (code, verify) = await target.Command("verify");
        var text = new StringBuilder()
            .AppendJoin(", ", nothing.Select(figure => $"{figure.Name} {figure.Count}"))
            .Append(CultureInfo.InvariantCulture, $"; {purchases.Count:#,0} attempts ({purchases.Count(p => p.IsConfirmed):#,0} confirmed, ")
            .Append(CultureInfo.InvariantCulture, $"{purchases.Count(p => p.OrderId is not null && !p.IsConfirmed):#,0} accepted with 202, {purchases.Count(p => p.IsRefused):#,0} refused), ")
            .Append(CultureInfo.InvariantCulture, $"{buyers.RequestCount:#,0} requests, the longest {buyers.LongestRequest.TotalSeconds:0.0} s; drained in {took.TotalSeconds:0.0} s; ")
            .AppendLine(CultureInfo.InvariantCulture, $"`souk verify`: {(code == 0 ? "clean" : "FAILED")}; seed {seed}");
        if (code != 0)
            text.AppendLine(verify);
        foreach (var purchase in failed.Take(5))
            text.AppendLine(CultureInfo.InvariantCulture, $"failed: {(int?)purchase.Status} {purchase.Said}");
        return (text.ToString(), code == 0 && nothing.All(figure => figure.Count == 0));
    }
}
