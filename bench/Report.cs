using System.Globalization;
using System.Text;

namespace Souk.Bench;

/// <summary>The table of a suite, on the screen and in <c>docs/performance.md</c>.</summary>
internal static class Report
{
    public static readonly string[] Columns =
        ["scenario", "clients", "per second", "ratio", "p50 ms", "p90 ms", "p99 ms", "max ms", "failed", "souk CPU ms each", "postgres CPU ms each", "souk MB", "postgres MB"];

    private const string ShapesTitle = "## Both shapes";

    public static IEnumerable<string[]> Rows(List<Figures> medians)
    {
        foreach (var f in medians)
            yield return
            [
                f.Scenario, N(f.Clients, "0"), N(f.Rate, "#,0"), Ratio(f, medians), N(f.P50, "0.00"), N(f.P90, "0.00"), N(f.P99, "0.00"), N(f.Max, "0.0"),
                N(f.Failed, "0"), Each(f.Souk, f), Each(f.Postgres, f), N(f.Souk?.MemoryMb ?? 0, "0"), N(f.Postgres?.MemoryMb ?? 0, "0"),
            ];
    }

    public static string Write(List<Figures> medians, string text, SuiteOptions options)
    {
        var page = new StringBuilder()
            .AppendLine("# Performance")
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"Measured on {TimeProvider.System.GetUtcNow():yyyy-MM-dd} on {Environment.ProcessorCount} cores, load driver and PostgreSQL on them too;")
            .AppendLine(CultureInfo.InvariantCulture, $"medians of {options.Runs} runs of {options.Seconds} s after {options.WarmUpSeconds} s of warm-up. A ratio compares with the machine's limit in the same run:")
            .AppendLine("reads with `limit-bytes`, writes with `limit-checkout`, `hot-sku` with `checkout`.")
            .AppendLine()
            .AppendLine("Repeat it with a PostgreSQL server of your own:")
            .AppendLine()
            .AppendLine("    dotnet build -c Release Souk.slnx")
            .AppendLine("    ConnectionStrings__Souk='Host=127.0.0.1;Username=postgres' dotnet artifacts/bin/Bench/release/souk-bench.dll all --report docs/performance.md")
            .AppendLine();
        page.AppendLine("| " + string.Join(" | ", Columns) + " |").AppendLine("|" + string.Concat(Columns.Select((_, n) => n == 0 ? "---|" : "--:|")));
        foreach (var row in Rows(medians))
            page.AppendLine("| " + string.Join(" | ", row) + " |");
        return page.AppendLine().Append(text).ToString();
    }

    /// <summary>The section on both shapes.</summary>
    public static string Shapes(List<(string Shape, Figures Figures)> medians, List<(string Role, double Megabytes)> memory, SuiteOptions options)
    {
        var page = new StringBuilder()
            .AppendLine(ShapesTitle)
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"Measured on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, one shape after the other in one run on the same {Environment.ProcessorCount} cores; {(options.Runs == 1 ? "one run" : $"medians of {options.Runs} runs")} of {options.Seconds} s")
            .AppendLine(CultureInfo.InvariantCulture, $"after {options.WarmUpSeconds} s of warm-up. Split is `deploy/local-split`: eleven processes, PostgreSQL, Kafka, Redis and nginx.")
            .AppendLine()
            .AppendLine("    dotnet artifacts/bin/Bench/release/souk-bench.dll shapes --report docs/performance.md")
            .AppendLine()
            .AppendLine("| scenario | clients | shape | per second | of one process | p50 ms | p99 ms | failed | souk CPU ms each | postgres CPU ms each | Kafka, Redis, nginx CPU ms each |")
            .AppendLine("|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var (shape, f) in medians)
        {
            var one = medians.First(other => other.Figures.Scenario == f.Scenario).Figures;
            page.AppendLine(CultureInfo.InvariantCulture, $"| {f.Scenario} | {f.Clients} | {shape} | {N(f.Rate, "#,0")} | {(f == one ? "" : N(f.Rate / one.Rate, "0.00"))} | {N(f.P50, "0.00")} | {N(f.P99, "0.00")} | {f.Failed} | {Each(f.Souk, f)} | {Each(f.Postgres, f)} | {Each(f.Others, f)} |");
        }
        page.AppendLine().AppendLine("Resident memory afterwards: "
            + string.Join(", ", memory.Select(role => $"{role.Role} {N(role.Megabytes, "0")} MB")) + ".");
        return page.ToString();
    }

    /// <summary>Writes one of the two sections of the page; the other stays as it is.</summary>
    public static async Task Save(FileInfo file, string? all, string? shapes)
    {
        var parts = file.Exists ? (await File.ReadAllTextAsync(file.FullName)).Split(ShapesTitle, 2) : [];
        all ??= parts.ElementAtOrDefault(0);
        shapes ??= parts.Length == 2 ? ShapesTitle + parts[1] : null;
        await File.WriteAllTextAsync(file.FullName, $"{all?.TrimEnd()}\n\n{shapes}".Trim() + "\n");
    }

    private static string Ratio(Figures f, List<Figures> all)
    {
        var yardstick = f.Scenario switch
        {
            "product-read" or "product-list" => "limit-bytes",
            "hot-sku" => "checkout",
            "checkout" or "order" => "limit-checkout",
            _ => null,
        };
        return all.Find(other => other.Scenario == yardstick) is { Rate: > 0 } limit ? N(f.Rate / limit.Rate, "0.00") : "";
    }

    private static string Each(Usage? usage, Figures f) => usage is null || f.Done == 0 ? "" : N(usage.CpuSeconds * 1000 / f.Done, "0.000");

    private static string N(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
