using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Souk.IntegrationTests;

/// <summary>
/// The built host as a process of its own, for tests that kill it. It is started with <c>dotnet souk.dll</c> on a database
/// that outlives it; after <see cref="Kill" /> the same process can be started again.
/// </summary>
public sealed class SoukProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(3);
    private readonly Dictionary<string, string?> settings;
    private readonly StringBuilder output = new();
    private readonly HttpClient http;
    private Process? process;

    /// <param name="connectionString">The database; see <see cref="TestDatabase" />.</param>
    /// <param name="more">Settings above the usual ones of a test, for example <c>roles</c>.</param>
    public SoukProcess(string connectionString, Dictionary<string, string?>? more = null)
    {
        var port = SoukServer.FreePort();
        Url = new Uri($"http://127.0.0.1:{port}");
        settings = SoukServer.Settings(connectionString, port);
        foreach (var (key, value) in more ?? [])
            settings[key] = value;
        http = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Where it listens; the same after each start.</summary>
    public Uri Url { get; }

    /// <summary>Its process id while it runs.</summary>
    public int Id => process?.Id ?? throw new InvalidOperationException("It is not running.");

    /// <summary>How many threads it has.</summary>
    public int Threads => Directory.GetDirectories($"/proc/{Id}/task").Length;

    /// <summary>How many bytes of memory it holds.</summary>
    public long Memory
    {
        get
        {
            var pages = File.ReadAllText($"/proc/{Id}/statm").Split(' ')[1];
            return long.Parse(pages, CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
    }

    /// <summary>Everything it wrote so far, over all starts.</summary>
    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    /// <summary>Gives it a setting from its next start on.</summary>
    public void Set(string setting, string value) => settings[setting] = value;

    /// <summary>A guest of this process.</summary>
    public HttpClient Client() => new() { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Starts it and does not wait.</summary>
    [MemberNotNull(nameof(process))]
    public void Launch() => process = Launch([]);

    /// <summary>Starts it and waits until it is ready to serve.</summary>
    public async Task Start()
    {
        Launch();
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (process.HasExited)
                Assert.Fail($"The host ended with {process.ExitCode}:\n{Output}");
            try
            {
                using var answer = await http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(started) < StartMax)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
                continue;
            }
            if (Stopwatch.GetElapsedTime(started) > StartMax)
                Assert.Fail($"The host was not ready after {StartMax}:\n{Output}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Ends it as a power cut would: SIGKILL, no time to finish anything.</summary>
    public async Task Kill()
    {
        if (process is null)
            return;
        process.Kill(entireProcessTree: false);
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <summary>Ends it as an operator does: SIGTERM, and time to finish. Answers its exit code.</summary>
    public async Task<int> Stop()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        await process!.WaitForExitAsync(TestContext.Current.CancellationToken);
        var exitCode = process.ExitCode;
        process.Dispose();
        process = null;
        return exitCode;
    }

    /// <summary>Runs one command of <c>souk</c> on the same database; answers its exit code and what it wrote.</summary>
    public async Task<(int ExitCode, string Output)> Command(params string[] command)
    {
        var before = Output.Length;
        using var running = Launch(command);
        await running.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (running.ExitCode, Output[before..]);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Kill();
        http.Dispose();
    }

    private Process Launch(string[] command)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Repository.Host);
        foreach (var argument in command)
            start.ArgumentList.Add(argument);
        foreach (var (key, value) in settings)
            if (value is null)
                start.Environment.Remove(Variable(key));
            else
                start.Environment[Variable(key)] = value;
        var launched = Process.Start(start)!;
        launched.OutputDataReceived += (_, line) => Keep(line.Data);
        launched.ErrorDataReceived += (_, line) => Keep(line.Data);
        launched.BeginOutputReadLine();
        launched.BeginErrorReadLine();
        return launched;
    }

    private static string Variable(string key) => key switch
    {
        "environment" => "ASPNETCORE_ENVIRONMENT",
        "urls" => "ASPNETCORE_URLS",
        _ => key.Replace(":", "__", StringComparison.Ordinal),
    };

    private void Keep(string? line)
    {
        lock (output)
            output.AppendLine(line);
    }
}
