using System.Diagnostics;
using System.Globalization;
using Souk.Bench.Chaos;

namespace Souk.Bench;

/// <summary>What may befall separate services: each process dies, hangs, cannot be reached, or has to share its work anew.</summary>
internal sealed class SplitFaults(Split split)
{
    private const string Table = "souk_cut";
    private static readonly TimeSpan HangMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RebalanceEvery = TimeSpan.FromSeconds(3);
    private const int Rebalances = 20; // A minute.

    // In turn: replicas, single roles, and what they stand on.
    private static readonly string[] Processes =
    [
        "souk-orders-1", "kafka", "souk-payments-2", "redis", "souk-inventory-1", "postgres", "souk-carts-1", "gateway", "souk-catalog-1",
        "souk-orders-2", "souk-payments-1", "souk-inventory-2", "souk-carts-2", "souk-identity-1", "souk-notifications-1",
    ];

    public IReadOnlyList<Fault> Kills { get; } = [.. Processes.Select(name => new Fault($"kill -9 {Short(name)}", () => Kill(split, name)))];

    public IReadOnlyList<Fault> All =>
    [
        .. Kills,
        new("kill -9 a worker of nginx", KillWorker),
        new("PostgreSQL, immediate restart", async () => await Signal("QUIT", [await split.Running("postgres")])),
        Stop("souk-carts-2"), Stop("postgres"), Stop("kafka"), Stop("redis"),
        Cut("nobody reaches identity", split.InnerPorts("identity")),
        Cut("orders and notifications do not reach carts", split.InnerPorts("carts")),
        Cut("nobody reaches Kafka", split.KafkaPort),
        new("a rebalance every 3 s for a minute", Rebalance),
    ];

    private static string Short(string name) => name.Replace("souk-", "", StringComparison.Ordinal);

    private static async Task Kill(Split split, string name)
    {
        using var process = Process.GetProcessById(await split.Running(name));
        process.Kill();
        await process.WaitForExitAsync();
    }

    private async Task KillWorker()
    {
        var gateway = await split.Running("gateway");
        await Signal("KILL", [Split.WithChildren(gateway).First(pid => pid != gateway)]);
    }

    private Fault Stop(string name) => new($"SIGSTOP {Short(name)}, 10 s", async () =>
    {
        int[] pids = [.. Split.WithChildren(await split.Running(name))];
        await Signal("STOP", pids);
        await Task.Delay(HangMax);
        await Signal("CONT", pids);
    });

    // What is sent to these ports, and from them, disappears: neither side hears that the other is gone.
    private static Fault Cut(string name, params int[] ports) => new($"cut: {name}, 10 s", async () =>
    {
        if (!OwnNetwork.IsHere)
            throw new InvalidOperationException("Networks are cut in a network of our own only.");
        var set = string.Join(", ", ports);
        await Nft($"""
            add table inet {Table}
            add chain inet {Table} packets {"{ type filter hook input priority 0; }"}
            add rule inet {Table} packets tcp dport {"{"} {set} {"}"} drop
            add rule inet {Table} packets tcp sport {"{"} {set} {"}"} drop
            """);
        await Task.Delay(HangMax);
        await Nft($"delete table inet {Table}");
    });

    // A member joins the groups, gets its share of the partitions, applies nothing, and leaves: what it was given meanwhile is
    // for the others to apply, from where they had come to.
    private async Task Rebalance()
    {
        var guests = new List<Process>();
        for (var n = 0; n < Rebalances; n++)
        {
            if (n % 2 == 0)
                guests.AddRange(((string[])["carts", "inventory", "orders", "payments"]).Select(Join));
            else
                await Leave(guests);
            await Task.Delay(RebalanceEvery);
        }
    }

    // It must store no position: kcat commits those that it has, whatever enable.auto.commit says, and what it read would be lost.
    private Process Join(string service) => Process.Start(new ProcessStartInfo("sh",
    [
        "-c", "exec \"$@\" > /dev/null 2>&1", "sh", "kcat", "-b", $"127.0.0.1:{split.KafkaPort}", "-G", $"souk.{service}",
        "-X", "enable.auto.offset.store=false", "-X", "partition.assignment.strategy=range", "-X", "auto.offset.reset=latest", @"^souk\.",
    ]))!;

    private static async Task Leave(List<Process> guests)
    {
        await Signal("TERM", guests.Select(guest => guest.Id));
        foreach (var guest in guests)
        {
            await guest.WaitForExitAsync();
            guest.Dispose();
        }
        guests.Clear();
    }

    // Somebody may have ended meanwhile, as backends of PostgreSQL do.
    private static async Task Signal(string name, IEnumerable<int> pids)
    {
        using var kill = Process.Start("kill", ["-" + name, .. pids.Select(pid => pid.ToString(CultureInfo.InvariantCulture))]);
        await kill.WaitForExitAsync();
    }

    private static async Task Nft(string commands)
    {
        using var nft = Process.Start(new ProcessStartInfo("nft", ["-f", "-"]) { RedirectStandardInput = true })!;
        await nft.StandardInput.WriteAsync(commands + "\n");
        nft.StandardInput.Close();
        await nft.WaitForExitAsync();
        if (nft.ExitCode != 0)
            throw new InvalidOperationException($"nft ended with {nft.ExitCode}.");
    }
}
