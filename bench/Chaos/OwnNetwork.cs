using System.Diagnostics;

namespace Souk.Bench.Chaos;

/// <summary>A network of this run's own, with nothing in it but a loopback: what is cut there is cut for nobody else.</summary>
internal static class OwnNetwork
{
    private const string Mark = "SOUK_BENCH_NETWORK";

    public static bool IsHere => Environment.GetEnvironmentVariable(Mark) == "own";

    /// <summary>Runs this program once more, with the same arguments, in such a network. Only root may make one.</summary>
    public static async Task<int> RunAgain()
    {
        // What the faults are made with comes from Debian where that is allowed.
        var setup = Process.Start(new ProcessStartInfo("bash", ["-c", ". ./.ci/setup && need_programs nftables:nft kcat:kcat iproute2:ip util-linux:unshare"])
        {
            WorkingDirectory = Target.Root,
        })!;
        await setup.WaitForExitAsync();
        if (setup.ExitCode != 0)
        {
            await Console.Error.WriteLineAsync("nft, kcat, ip or unshare is missing, and may not be installed from here.");
            return 69;
        }
        var start = new ProcessStartInfo(
            "unshare", ["--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh", Environment.ProcessPath!, .. Environment.GetCommandLineArgs()]);
        start.Environment[Mark] = "own";
        using var again = Process.Start(start)!;
        await again.WaitForExitAsync();
        return again.ExitCode;
    }
}
