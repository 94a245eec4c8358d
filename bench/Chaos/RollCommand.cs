using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Souk.Bench.Chaos;

/// <summary>Replaces every process of the split shape, one after another, under a steady load of which nothing may fail.</summary>
internal static class RollCommand
{
    public static Command Command()
    {
        var rate = new Option<int>("--rate") { Description = "Requests a second (open loop).", DefaultValueFactory = _ => 100 };
        var requests = new Option<int>("--requests") { Description = "At least so many; it goes on until all is replaced.", DefaultValueFactory = _ => 10_000 };
        var command = new Command("roll", "Replaces one process after another of the separate services under load, and counts the requests that fail.") { rate, requests };
        command.SetAction((parsed, _) => Run(parsed.GetValue(rate), parsed.GetValue(requests)));
        return command;
    }

    private static async Task<int> Run(int rate, int requests)
    {
        await using var split = await Split.Start();
        var market = new Market(split);
        await market.Build();
        var traffic = new Traffic(split.Url, market, await market.ApiKey("stock.read"));
        using var enough = new CancellationTokenSource();
        var load = traffic.Run(rate, requests, enough.Token);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var started = TimeProvider.System.GetTimestamp();
        var (code, said) = await split.Roll();
        var took = TimeProvider.System.GetElapsedTime(started);
        await enough.CancelAsync();
        await load;

        var audit = new Audit(split.Owner);
        var (stuck, _) = await audit.Drain();
        var doubled = await audit.Doubled();
        var page = new StringBuilder().AppendLine("| request | sent | answers | failed | p50 ms | p99 ms | max ms |").AppendLine("|---|--:|---|--:|--:|--:|--:|");
        foreach (var row in traffic.Rows())
            page.AppendLine(row);
        page.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Replaced in {took.TotalSeconds:0} s: failed {traffic.Failed}, doubled {doubled}, stuck {stuck}.");
        foreach (var failure in traffic.Failures)
            page.AppendLine(failure);
        if (code != 0)
            page.AppendLine(said);
        var clean = code == 0 && traffic.Failed + doubled + stuck == 0;
        if (!clean)
            page.AppendLine(CultureInfo.InvariantCulture, $"Logs: {split.KeepLogs()}");
        await Console.Out.WriteLineAsync(page.ToString());
        return clean ? 0 : 1;
    }
}
