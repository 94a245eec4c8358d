using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Npgsql;
using Spectre.Console;

namespace Souk.Bench;

/// <summary>How a suite runs.</summary>
internal sealed record SuiteOptions(int Runs, int WarmUpSeconds, int Seconds, FileInfo? Json);

/// <summary>Runs scenarios against a fresh marketplace and puts their medians into one table.</summary>
internal static class Suite
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static async Task<int> RunOne(string name, SuiteOptions options, int clients, double? rate, bool split)
    {
        var scenario = Scenarios.All.FirstOrDefault(s => s.Name == name);
        if (scenario is null)
        {
            await Console.Error.WriteLineAsync($"There is no scenario '{name}'. There are: {string.Join(", ", Scenarios.All.Select(s => s.Name))}.");
            return 1;
        }
        await using var target = await Start(split);
        var market = new Market(target);
        await market.Build();
        var figures = await Run(target, market, scenario, options, clients, rate);
        Print([Median(figures)], null);
        await Save(figures, options);
        return figures.Sum(f => f.Failed) == 0 ? 0 : 1;
    }

    public static async Task<int> RunAll(SuiteOptions options, FileInfo? report)
    {
        await using var target = await OneProcess.Start("souk_bench");
        var market = new Market(target);
        await market.Build();
        List<Figures> all = [];
        List<Figures> medians = [];
        foreach (var (scenario, clients) in Plan())
        {
            var figures = await Run(target, market, scenario, options, clients, rate: null);
            all.AddRange(figures);
            medians.Add(Median(figures));
        }
        var oversold = await market.Oversold();
        await target.Restart();
        var (code, verify) = await target.Command("verify");
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"Start to first answer on this database: {target.StartUp.TotalSeconds:0.0} s. Oversold pieces: {oversold}. `souk verify`: {(code == 0 ? "clean" : "FAILED\n" + verify)}.");
        Print(medians, text.ToString());
        await Save(all, options);
        if (report is not null)
            await Report.Save(report, Report.Write(medians, text.ToString(), options), shapes: null);
        return 0;
    }

    /// <summary>The same load in both shapes, one after the other: what the split costs and what it takes.</summary>
    public static async Task<int> RunShapes(SuiteOptions options, FileInfo? report)
    {
        List<Figures> all = [];
        List<(string Shape, Figures Figures)> medians = [];
        List<(string Role, double Megabytes)> memory = [];
        foreach (var split in (bool[])[false, true])
        {
            await using var target = await Start(split);
            var market = new Market(target);
            await market.Build();
            foreach (var (name, clients) in ((string, int)[])[("product-read", 16), ("checkout", 16), ("checkout", 1), ("order", 16)])
            {
                var figures = await Run(target, market, Scenarios.All.Single(s => s.Name == name), options, clients, rate: null);
                all.AddRange(figures);
                medians.Add((split ? "split" : "one process", Median(figures)));
            }
            if (target is Split processes)
                memory.AddRange(processes.Memory);
        }
        var text = Report.Shapes(medians, memory, options);
        AnsiConsole.WriteLine(text);
        await Save(all, options);
        if (report is not null)
            await Report.Save(report, all: null, text);
        return 0;
    }

    private static async Task<Target> Start(bool split) =>
        split ? await Split.Start() : await OneProcess.Start("souk_bench");

    // The goal is one client for latency, sixteen for throughput.
    private static IEnumerable<(Scenario Scenario, int Clients)> Plan()
    {
        foreach (var scenario in Scenarios.All)
        {
            yield return (scenario, scenario.Name == "login" ? 4 : 16);
            if (scenario.Name == "checkout")
                yield return (scenario, 1);
        }
    }

    private static async Task<List<Figures>> Run(Target target, Market market, Scenario scenario, SuiteOptions options, int clients, double? rate)
    {
        var address = target.Url;
        Process? own = null;
        NpgsqlDataSource? database = null;
        try
        {
            if (scenario.Prepare is { } prepare)
                await prepare(market, target.Owner);
            if (scenario.Kind == ScenarioKind.LimitBytes)
                (own, address) = await StartBytes(market.ProductBytes);
            if (scenario.Kind == ScenarioKind.LimitCheckout)
            {
                await Limits.PrepareCheckout(target.Owner);
                database = NpgsqlDataSource.Create(target.Owner + ";Max Auto Prepare=50;Auto Prepare Min Usages=2;No Reset On Close=true");
            }
            var watch = own is null ? target.Watch : new Watch(() => [own.Id], null);
            var figures = new List<Figures>();
            for (var run = 0; run < options.Runs; run++)
            {
                var warmUp = TimeSpan.FromSeconds(run == 0 ? options.WarmUpSeconds : 1);
                var label = clients == 1 ? scenario.Name + " (1)" : scenario.Name;
                var seed = run * 1000;
                figures.Add(await Task.Run(() => Load.Run(
                    label, address, clients, rate, warmUp, TimeSpan.FromSeconds(options.Seconds),
                    n => database is null ? scenario.Client(market, seed + n) : Limits.Checkout(database, seed + n), watch)));
                var last = figures[^1];
                AnsiConsole.MarkupLineInterpolated($"[grey]{label} run {run + 1}: {last.Rate:0}/s, p50 {last.P50:0.00} ms, p99 {last.P99:0.00} ms, failed {last.Failed} {last.Note}[/]");
            }
            return figures;
        }
        finally
        {
            if (own is not null)
            {
                own.Kill();
                own.Dispose();
            }
            if (database is not null)
                await database.DisposeAsync();
        }
    }

    private static async Task<(Process, Uri)> StartBytes(int size)
    {
        var port = Target.FreePort();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[typeof(Suite).Assembly.Location, "serve-bytes", "--port", $"{port}", "--size", $"{size}"])
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        var address = new Uri($"http://127.0.0.1:{port}");
        for (var attempt = 0; ; attempt++)
            try
            {
                using var wire = new Wire(address);
                return (process, address);
            }
            catch (System.Net.Sockets.SocketException) when (attempt < 100)
            {
                await Task.Delay(50);
            }
    }

    private static Figures Median(List<Figures> runs) => runs.OrderBy(f => f.Rate).ElementAt(runs.Count / 2) with { Failed = runs.Sum(f => f.Failed) };

    private static void Print(List<Figures> medians, string? text)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in Report.Columns)
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var row in Report.Rows(medians))
            table.AddRow([.. row.Select(Markup.Escape)]);
        AnsiConsole.Write(table);
        if (text is not null)
            AnsiConsole.WriteLine(text);
    }

    private static async Task Save(List<Figures> figures, SuiteOptions options)
    {
        if (options.Json is { } file)
            await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(figures, Indented));
    }
}
