using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Souk.Bench;

/// <summary>
/// The same program as separate services: <c>deploy/local-split</c> in a folder of its own, with its own PostgreSQL, Kafka,
/// Redis and gateway. What is killed comes again by itself.
/// </summary>
internal sealed class Split : Target
{
    private const int PortsNeeded = 40;
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(5);
    private static readonly string[] Others = ["kafka", "redis", "gateway"];

    // In turn: replicas, single roles, and what they stand on.
    private static readonly string[] ToKill =
        ["souk-orders-1", "kafka", "souk-payments-2", "redis", "souk-inventory-1", "postgres", "souk-carts-1", "gateway", "souk-catalog-1"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("souk-split-");
    private readonly int firstPort = FreePorts();
    private readonly StringBuilder output = new();
    private Process? script;
    private int? postmaster;
    private int killed;

    private Split(string currency) : base(currency)
    {
    }

    public override string Owner => $"Host=127.0.0.1;Port={firstPort};Username=postgres;Database=souk";

    public override Watch Watch => new(() => Pids("souk-*"), postmaster, () => Others.SelectMany(Pids).SelectMany(WithChildren));

    /// <summary>What is killed next.</summary>
    public string Next => ToKill[killed % ToKill.Length];

    /// <summary>Resident memory of each role: the mean of its replicas, in MB.</summary>
    public IEnumerable<(string Role, double Megabytes)> Memory => Names("souk-*")
        .GroupBy(name => name.Split('-')[1], Pid)
        .Select(role => (role.Key, role.OfType<int>().Average(pid => Watch.Memory([pid], "Rss:"))));

    protected override Dictionary<string, string> Settings => new(base.Settings)
    {
        ["SOUK_SPLIT"] = folder.FullName,
        ["SOUK_DLL"] = Built("Host", "souk.dll"),
        ["SOUK_PORT"] = Url.Port.ToString(CultureInfo.InvariantCulture),
        ["SOUK_PORTS"] = firstPort.ToString(CultureInfo.InvariantCulture),
        ["ConnectionStrings__Souk"] = Owner,
        ["Kafka__BootstrapServers"] = $"127.0.0.1:{firstPort + 1}",
    };

    /// <summary>Starts all of it and waits until it is open.</summary>
    /// <param name="currency">What the marketplace trades in.</param>
    public static async Task<Split> Start(string currency = "EUR")
    {
        var split = new Split(currency) { Url = new Uri($"http://127.0.0.1:{FreePort()}") };
        try
        {
            await split.Launch();
            split.postmaster = await FindPostmaster(split.Owner);
            return split;
        }
        catch
        {
            await split.DisposeAsync();
            throw;
        }
    }

    public override async Task Crash()
    {
        // Without it whoever is started again next would be killed before it was up.
        while (Pid(Next) is null)
            await Task.Delay(100);
        using var process = Process.GetProcessById(Pid(Next)!.Value);
        killed++;
        process.Kill();
        await process.WaitForExitAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (script is not null)
            await Stop(script, TimeSpan.FromMinutes(2));
        folder.Delete(recursive: true);
    }

    private async Task Launch()
    {
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode = (UnixFileMode)0b111_101_101; // PostgreSQL runs as somebody else.
        var root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));
        var start = new ProcessStartInfo(Path.Combine(root, "deploy", "local-split"), ["--no-build"])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        foreach (var (name, value) in Settings)
            start.Environment[name] = value;
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        script = Process.Start(start)!;
        script.EnableRaisingEvents = true;
        script.OutputDataReceived += (_, line) => Hear(line.Data);
        script.ErrorDataReceived += (_, line) => Hear(line.Data);
        script.Exited += (_, _) => open.TrySetException(new InvalidOperationException($"It did not start:\n{Said()}"));
        script.BeginOutputReadLine();
        script.BeginErrorReadLine();
        await open.Task.WaitAsync(StartMax);

        // The last thing it says is where the gateway is.
        void Hear(string? line)
        {
            lock (output)
                output.AppendLine(line);
            if (line?.StartsWith("http", StringComparison.Ordinal) == true)
                open.TrySetResult();
        }
    }

    private string Said()
    {
        lock (output)
            return output.ToString();
    }

    private IEnumerable<string> Names(string pattern) => folder.GetDirectories("pids").Single().EnumerateFiles(pattern)
        .Select(file => file.Name).Where(name => !name.EndsWith(".keeper", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private IEnumerable<int> Pids(string pattern) => Names(pattern).Select(Pid).OfType<int>();

    // A number and when it began; null while there is none.
    private int? Pid(string name)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder.FullName, "pids", name)).Split(' ');
            return text.Length == 2 && int.TryParse(text[0], CultureInfo.InvariantCulture, out var pid)
                && Directory.Exists($"/proc/{pid}") ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static IEnumerable<int> WithChildren(int pid)
    {
        string children;
        try
        {
            children = File.ReadAllText($"/proc/{pid}/task/{pid}/children");
        }
        catch (IOException)
        {
            return [];
        }
        return [pid, .. children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
    }

    // As many in a row as it takes, below those that are given to outgoing connections.
    private static int FreePorts()
    {
        for (var first = 6100; first < 30_000; first += PortsNeeded)
            if (Enumerable.Range(first, PortsNeeded).All(IsFree))
                return first;
        throw new InvalidOperationException("There are no 40 free ports in a row.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
