using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Gateway;

/// <summary>
/// A real nginx with the files of <c>deploy/nginx</c>, in a folder of its own. Where the services are and where it listens is
/// the test's, and how long it waits for an answer; the rest is what is deployed.
/// </summary>
public sealed partial class Nginx : IAsyncDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);
    private readonly string folder;
    private readonly Process process;
    private readonly StringBuilder output = new();

    private Nginx(string folder, Uri url, Process process)
    {
        (this.folder, Url, this.process) = (folder, url, process);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>Its access log and what it complained about.</summary>
    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    /// <summary>Starts it; the test is skipped where there is no nginx.</summary>
    /// <param name="servers">Host and port of each replica, by service.</param>
    /// <param name="prepare">Changes the files before it starts.</param>
    /// <param name="scheme"><c>https</c> when it was prepared for that.</param>
    /// <param name="wait">Short, unless what answers has work to do.</param>
    public static async Task<Nginx> Start(
        Func<string, string[]> servers, Action<string>? prepare = null, string scheme = "http", string wait = "1s")
    {
        var folder = Directory.CreateTempSubdirectory("souk-nginx-").FullName;
        // Started as root its workers are somebody else.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "deploy", "nginx"), "*.conf"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        Change("upstreams.conf", text => Server().Replace(text, match => string.Join(
            "\n    ",
            servers(match.Groups["service"].Value).Select(at => $"server {at}{match.Groups["limits"].Value};"))));
        Change("nginx.conf", text => Waits().Replace(text, $"proxy_read_timeout {wait};"));
        prepare?.Invoke(folder);
        while (true)
        {
            var port = SoukServer.FreePort();
            Change("listen.conf", text => Listen().Replace(text, $"listen 127.0.0.1:{port}"));
            var nginx = new Nginx(folder, new Uri($"{scheme}://127.0.0.1:{port}"), Launch(folder));
            if (await nginx.Listens())
                return nginx;
            // Somebody else was faster at the port.
        }

        void Change(string file, Func<string, string> change) =>
            File.WriteAllText(Path.Combine(folder, file), change(File.ReadAllText(Path.Combine(folder, file))));
    }

    /// <summary>An address whose path is sent as it stands.</summary>
    public Uri Raw(string path) => new(
        Url.GetLeftPart(UriPartial.Authority) + path,
        new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    /// <summary>Skips the test where there is no nginx; in CI it fails.</summary>
    [DoesNotReturn]
    public static void Missing(string reason) =>
        TestDatabase.Missing($"nginx cannot be started: {reason}. On Debian: apt-get install nginx.");

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static Process Launch(string folder)
    {
        // Debian has it where only root looks.
        var program = File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
        try
        {
            string[] arguments = ["-p", folder, "-c", Path.Combine(folder, "nginx.conf"), "-g", "daemon off;"];
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception e)
        {
            Directory.Delete(folder, recursive: true);
            Missing(e.Message);
            throw;
        }
    }

    // It writes its id when it has its port.
    private async Task<bool> Listens()
    {
        var started = Stopwatch.GetTimestamp();
        while (!File.Exists(Path.Combine(folder, "nginx.pid")))
        {
            if (process.HasExited)
            {
                await process.WaitForExitAsync(); // Until all it said is here.
                Assert.True(
                    Output.Contains("Address already in use", StringComparison.Ordinal),
                    $"nginx ended with {process.ExitCode}:\n{Output}");
                process.Dispose();
                return false;
            }
            Assert.True(Stopwatch.GetElapsedTime(started) < StartMax, $"nginx does not listen:\n{Output}");
            await Task.Delay(20);
        }
        return true;
    }

    private void Keep(string? line)
    {
        lock (output)
            output.AppendLine(line);
    }

    [GeneratedRegex(@"server (?<service>\w+):8080(?<limits>[^;]*);")]
    private static partial Regex Server();

    [GeneratedRegex(@"proxy_read_timeout \d+s;")]
    private static partial Regex Waits();

    [GeneratedRegex(@"listen [\d.:]+")]
    private static partial Regex Listen();
}
