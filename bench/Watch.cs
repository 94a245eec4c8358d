using System.Globalization;

namespace Souk.Bench;

/// <summary>What processes used during the measured time.</summary>
/// <param name="CpuSeconds">Of all their threads, user and system.</param>
/// <param name="MemoryMb">Resident at the end; for PostgreSQL without the shared buffers counted again in each process.</param>
internal sealed record Usage(double CpuSeconds, double MemoryMb);

/// <summary>Reads CPU and memory of the server, of PostgreSQL and of what else it stands on from <c>/proc</c>.</summary>
internal sealed class Watch(Func<IEnumerable<int>> souk, int? postmasterPid, Func<IEnumerable<int>>? others = null)
{
    private const double TicksPerSecond = 100;
    private double soukBefore;
    private double postgresBefore;
    private double othersBefore;

    public void Begin() => (soukBefore, postgresBefore, othersBefore) = (Cpu(souk()), Cpu(Postgres()), Cpu(Others()));

    public (Usage Souk, Usage Postgres, Usage Others) End()
    {
        var postgres = Postgres();
        return (new Usage(Cpu(souk()) - soukBefore, Memory(souk(), "Rss:")), new Usage(Cpu(postgres) - postgresBefore, Memory(postgres, "Pss:")),
            new Usage(Cpu(Others()) - othersBefore, Memory(Others(), "Rss:")));
    }

    private IEnumerable<int> Others() => others?.Invoke() ?? [];

    private int[] Postgres()
    {
        if (postmasterPid is not { } postmaster)
            return [];
        return
        [
            postmaster, .. Directory.EnumerateDirectories("/proc")
                .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
                .Where(pid => pid > 0 && Stat(pid) is { } stat && int.Parse(stat[1], CultureInfo.InvariantCulture) == postmaster),
        ];
    }

    // Time of backends that ended meanwhile is in the postmaster's own count of its waited-for children.
    private double Cpu(IEnumerable<int> pids) => pids.Sum(pid => Stat(pid) is { } stat
        ? (Ticks(stat, 11) + Ticks(stat, 12) + (pid == postmasterPid ? Ticks(stat, 13) + Ticks(stat, 14) : 0)) / TicksPerSecond
        : 0);

    /// <summary>A line of <c>smaps_rollup</c>, summed over processes, in MB.</summary>
    public static double Memory(IEnumerable<int> pids, string line) => pids.Sum(pid =>
    {
        try
        {
            var text = File.ReadLines($"/proc/{pid}/smaps_rollup").FirstOrDefault(l => l.StartsWith(line, StringComparison.Ordinal));
            return text is null ? 0 : double.Parse(text[line.Length..^2], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    });

    private static double Ticks(string[] stat, int index) => double.Parse(stat[index], CultureInfo.InvariantCulture);

    // The fields after the name in parentheses; the name may hold spaces.
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
