using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Souk.Bench;

/// <summary>
/// The marketplace under load: the built host in a process of its own, on a fresh database of the server that
/// <c>ConnectionStrings__Souk</c> names, in the environment Production but for the switches a bench needs.
/// </summary>
internal sealed class Target : IAsyncDisposable
{
    public const string Secret = "the-secret-of-a-bench-is-no-secret-at-all";
    private readonly string server;
    private readonly string database;
    private readonly List<string> errors = [];
    private Process? process;

    private readonly string currency;

    private Target(string server, string database, string currency) => (this.server, this.database, this.currency) = (server, database, currency);

    public Uri Url { get; private set; } = new("http://127.0.0.1:1");

    public string Owner => new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;

    public Watch Watch => new(process!.Id, PostmasterPid);

    /// <summary>From the start of the process to its first answer of <c>/health/ready</c>.</summary>
    public TimeSpan StartUp { get; private set; }

    private int? PostmasterPid { get; set; }

    /// <summary>Makes a database and starts the host on it.</summary>
    /// <param name="name">The database; an existing one is dropped unless it is to be kept.</param>
    /// <param name="keep">Whether an existing database is used as it is.</param>
    /// <param name="currency">What the marketplace trades in.</param>
    public static async Task<Target> Start(string name, bool keep = false, string currency = "EUR")
    {
        var server = Environment.GetEnvironmentVariable("ConnectionStrings__Souk")
            ?? throw new InvalidOperationException("Set ConnectionStrings__Souk to a PostgreSQL server on which databases and roles may be made.");
        var target = new Target(server, name, currency);
        if (!keep)
        {
            await target.OnServer($"drop database if exists {name} with (force)");
            await target.OnServer($"create database {name}");
        }
        target.PostmasterPid = await target.FindPostmaster();
        await target.StartProcess();
        return target;
    }

    /// <summary>Ends the host at once, as a crash would, and starts it again on the same port.</summary>
    public async Task Crash()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        await StartProcess();
    }

    /// <summary>Ends the host in good order and starts it again.</summary>
    public async Task Restart()
    {
        await Stop();
        await StartProcess();
    }

    /// <summary>Runs a sub-command of the host on the same database; answers what it printed.</summary>
    public async Task<(int Code, string Output)> Command(params string[] arguments)
    {
        using var command = Process.Start(Start(arguments))!;
        var output = await command.StandardOutput.ReadToEndAsync();
        var error = await command.StandardError.ReadToEndAsync();
        await command.WaitForExitAsync();
        return (command.ExitCode, output + error);
    }

    /// <summary>Somebody of the staff, by the one-time link of <c>souk admin create</c>; answers email:password.</summary>
    public async Task<string> MakeAdmin(Api guest)
    {
        const string email = "admin@bench.example";
        var (code, output) = await Command("admin", "create", email);
        if (code != 0)
            throw new InvalidOperationException(output);
        const string before = "\"token\": \"";
        var token = output[(output.IndexOf(before, StringComparison.Ordinal) + before.Length)..];
        token = token[..token.IndexOf('"', StringComparison.Ordinal)];
        (await guest.Post("/profile/password-reset", new { token, password = Market.Password })).Must();
        return $"{email}:{Market.Password}";
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await Stop();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A built program of this repository, beside the bench.</summary>
    public static string Built(string project, string file)
    {
        var path = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), file));
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is not built: dotnet build -c Release Souk.slnx");
    }

    private async Task StartProcess()
    {
        if (Url.Port == 1)
            Url = new Uri($"http://127.0.0.1:{FreePort()}");
        var started = Stopwatch.GetTimestamp();
        process = Process.Start(Start([]))!;
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        using var http = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(2) };
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60))
        {
            if (process.HasExited)
                break;
            try
            {
                using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                {
                    StartUp = Stopwatch.GetElapsedTime(started);
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
            }
            await Task.Delay(20);
        }
        throw new InvalidOperationException($"The host did not start:\n{string.Join('\n', errors)}");
    }

    private ProcessStartInfo Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Built("Host", "souk.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var settings = new Dictionary<string, string>
        {
            // The simulator's control routes and the mailbox page exist in Development only, and a bench pays bank slips.
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = Url.ToString(),
            ["Souk__PublicUrl"] = Url.ToString().TrimEnd('/'),
            ["ConnectionStrings__Souk"] = Owner,
            ["Souk__Secret"] = Secret,
            ["Souk__Currency"] = currency,
            ["Identity__ApproveCompanies"] = "true",
            ["Logging__LogLevel__Default"] = "Warning",
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return start;
    }

    private void Note(string? line)
    {
        if (line is null)
            return;
        lock (errors)
        {
            errors.Add(line);
            if (errors.Count > 50)
                errors.RemoveAt(0);
        }
    }

    private async Task Stop()
    {
        if (process!.HasExited)
            return;
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
    }

    private async Task OnServer(string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    // The parent of our own backend, when the server runs on this machine.
    private async Task<int?> FindPostmaster()
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select pg_backend_pid()", connection);
        var backend = (int)(await command.ExecuteScalarAsync())!;
        try
        {
            var stat = await File.ReadAllTextAsync($"/proc/{backend}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
