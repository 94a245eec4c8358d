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
    private static readonly TimeSpan ReadyMax = TimeSpan.FromMinutes(2);
    private static readonly string[] Others = ["kafka", "redis", "gateway"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("souk-split-");
    private readonly int firstPort = FreePorts();
    private readonly StringBuilder output = new();
    private Process? script;
    private int? postmaster;
    private bool keepLogs;

    private Split(string currency) : base(currency)
    {
    }

    public override IReadOnlyList<Fault> Kills => new SplitFaults(this).Kills;

    public override IReadOnlyList<Fault> Faults => new SplitFaults(this).All;

    public override string Owner => $"Host=127.0.0.1;Port={firstPort};Username=postgres;Database=souk";

    public override Watch Watch => new(() => Pids("souk-*"), postmaster, () => Others.SelectMany(Pids).SelectMany(WithChildren));

    /// <summary>Where Kafka listens.</summary>
    public int KafkaPort => firstPort + 1;

    /// <summary>Resident memory of each role: the mean of its replicas, in MB.</summary>
    public IEnumerable<(string Role, double Megabytes)> Memory => Names("souk-*")
        .GroupBy(name => name.Split('-')[1], Pid)
        .Select(role => (role.Key, role.OfType<int>().Average(pid => Watch.Memory([pid], "Rss:"))));

    protected override Dictionary<string, string> Settings => new(base.Settings)
    {
        ["SOUK_SPLIT"] = folder.FullName,
        ["SOUK_PORT"] = Url.Port.ToString(CultureInfo.InvariantCulture),
        ["SOUK_PORTS"] = firstPort.ToString(CultureInfo.InvariantCulture),
        ["ConnectionStrings__Souk"] = Owner,
        ["Kafka__BootstrapServers"] = $"127.0.0.1:{KafkaPort}",
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

    public override async Task Ready()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var started = Stopwatch.GetTimestamp();
        List<string> missing;
        while ((missing = await Missing(http)).Count > 0)
        {
            if (Stopwatch.GetElapsedTime(started) > ReadyMax)
                throw new InvalidOperationException($"Not there after {ReadyMax}: {string.Join(", ", missing)}. Their logs are in {folder}.");
            await Task.Delay(50);
        }
    }

    /// <summary>Replaces all services, one process after another, as an operator does; answers what was said.</summary>
    public async Task<(int Code, string Output)> Roll()
    {
        using var roll = Process.Start(Script("roll", "--no-build"))!;
        var error = roll.StandardError.ReadToEndAsync();
        var said = await roll.StandardOutput.ReadToEndAsync() + await error;
        await roll.WaitForExitAsync();
        return (roll.ExitCode, said);
    }

    /// <summary>The process of that name: a role with its number, or what they stand on. Waits for one that is about to be started.</summary>
    public async Task<int> Running(string name)
    {
        while (true)
        {
            if (Pid(name) is { } pid)
                return pid;
            await Task.Delay(100);
        }
    }

    /// <summary>Where the processes of a role are asked by other services.</summary>
    public int[] InnerPorts(string role) =>
        [.. Processes.Where(process => process.Name.StartsWith($"souk-{role}-", StringComparison.Ordinal)).Select(process => process.Inner)];

    /// <summary>Leaves the logs of its processes for whoever has to find out what went wrong; answers where.</summary>
    public string KeepLogs()
    {
        keepLogs = true;
        return Path.Combine(folder.FullName, "logs");
    }

    public override async ValueTask DisposeAsync()
    {
        if (script is not null)
            await Stop(script, TimeSpan.FromMinutes(2));
        foreach (var part in folder.GetDirectories().Where(part => !keepLogs || part.Name != "logs"))
            part.Delete(recursive: true);
        if (!keepLogs)
            folder.Delete(recursive: true);
    }

    private async Task Launch()
    {
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode = (UnixFileMode)0b111_101_101; // PostgreSQL runs as somebody else.
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        script = Process.Start(Script())!;
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

    private ProcessStartInfo Script(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Root, "deploy", "local-split"), arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in Settings)
            start.Environment[name] = value;
        return start;
    }

    // Roles that are ready, everything else that takes connections.
    private async Task<List<string>> Missing(HttpClient http)
    {
        (string Name, Task<bool> Answers)[] checks =
        [
            .. Processes.Select(process => (process.Name, Answers(http, new Uri($"http://127.0.0.1:{process.Port}/health/ready")))),
            ("gateway", Answers(http, new Uri(Url, "/health/live"))),
            ("postgres", Listens(firstPort)),
            ("kafka", Listens(KafkaPort)),
            ("redis", Listens(firstPort + 3)),
        ];
        await Task.WhenAll(checks.Select(check => check.Answers));
        return [.. checks.Where(check => !check.Answers.Result).Select(check => check.Name)];
    }

    private static async Task<bool> Answers(HttpClient http, Uri address)
    {
        try
        {
            using var answer = await http.GetAsync(address);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static async Task<bool> Listens(int port)
    {
        using var client = new System.Net.Sockets.TcpClient();
        try
        {
            await client.ConnectAsync(System.Net.IPAddress.Loopback, port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private string Said()
    {
        lock (output)
            return output.ToString();
    }

    private IEnumerable<(string Name, int Port, int Inner)> Processes =>
        File.ReadLines(Path.Combine(folder.FullName, "processes")).Select(line => line.Split(' ')).Select(process =>
            (process[0], int.Parse(process[1], CultureInfo.InvariantCulture), int.Parse(process[2], CultureInfo.InvariantCulture)));

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

    /// <summary>A process and those that it started.</summary>
    public static IEnumerable<int> WithChildren(int pid)
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
