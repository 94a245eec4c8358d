using System.Diagnostics;
using Npgsql;

namespace Souk.Bench;

/// <summary>
/// The built host in one process, on a fresh database of the server that <c>ConnectionStrings__Souk</c> names.
/// </summary>
internal sealed class OneProcess : Target
{
    private readonly string server;
    private readonly string database;
    private readonly List<string> errors = [];
    private Process? process;
    private Task restart = Task.CompletedTask;
    private int? postmaster;

    private OneProcess(string server, string database, string currency) : base(currency) =>
        (this.server, this.database) = (server, database);

    public override string Owner => new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;

    public override Watch Watch => new(() => [process!.Id], postmaster);

    /// <summary>From the start of the process to its first answer of <c>/health/ready</c>.</summary>
    public TimeSpan StartUp { get; private set; }

    protected override Dictionary<string, string> Settings => new(base.Settings)
    {
        ["ASPNETCORE_URLS"] = Url.ToString(),
        ["Souk__PublicUrl"] = Url.ToString().TrimEnd('/'),
        ["ConnectionStrings__Souk"] = Owner,
    };

    /// <summary>Makes a database and starts the host on it.</summary>
    /// <param name="name">The database; an existing one is dropped unless it is to be kept.</param>
    /// <param name="keep">Whether an existing database is used as it is.</param>
    /// <param name="currency">What the marketplace trades in.</param>
    public static async Task<OneProcess> Start(string name, bool keep = false, string currency = "EUR")
    {
        var server = Environment.GetEnvironmentVariable("ConnectionStrings__Souk")
            ?? throw new InvalidOperationException("Set ConnectionStrings__Souk to a PostgreSQL server on which databases and roles may be made.");
        var target = new OneProcess(server, name, currency);
        if (!keep)
        {
            await target.OnServer($"drop database if exists {name} with (force)");
            await target.OnServer($"create database {name}");
        }
        target.postmaster = await FindPostmaster(target.Owner);
        await target.StartProcess();
        return target;
    }

    public override IReadOnlyList<Fault> Kills => [new("kill -9 of the process", Crash)];

    public override Task Ready() => restart;

    /// <summary>Ends the host in good order and starts it again.</summary>
    public async Task Restart()
    {
        await DisposeAsync();
        await StartProcess();
    }

    public override async ValueTask DisposeAsync()
    {
        if (process is not null)
            await Stop(process, TimeSpan.FromSeconds(30));
    }

    private async Task Crash()
    {
        await restart;
        process!.Kill();
        await process.WaitForExitAsync();
        restart = StartProcess();
    }

    private async Task StartProcess()
    {
        if (Url.Port == 1)
            Url = new Uri($"http://127.0.0.1:{FreePort()}");
        var started = Stopwatch.GetTimestamp();
        process = Process.Start(Souk([]))!;
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

    private async Task OnServer(string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
