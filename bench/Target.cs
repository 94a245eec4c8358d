using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Souk.Bench;

/// <summary>The marketplace under load, in one of its two shapes, in the environment Development for the switches a bench needs.</summary>
internal abstract class Target(string currency) : IAsyncDisposable
{
    public const string Secret = "the-secret-of-a-bench-is-no-secret-at-all";

    public Uri Url { get; protected set; } = new("http://127.0.0.1:1");

    /// <summary>The database, by the connection of its owner.</summary>
    public abstract string Owner { get; }

    /// <summary>Measures all that it consists of.</summary>
    public abstract Watch Watch { get; }

    /// <summary>Its processes, to be ended at once, as a crash would. They come again by themselves.</summary>
    public abstract IReadOnlyList<Fault> Kills { get; }

    /// <summary>All that may befall it.</summary>
    public virtual IReadOnlyList<Fault> Faults => Kills;

    /// <summary>Waits until all of it runs and is ready.</summary>
    public abstract Task Ready();

    /// <summary>What a process of it has in its environment.</summary>
    protected virtual Dictionary<string, string> Settings => new()
    {
        // The simulator's control routes and the mailbox page exist in Development only, and a bench pays bank slips.
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["Souk__Secret"] = Secret,
        ["Souk__Currency"] = currency,
        ["Identity__ApproveCompanies"] = "true",
        // All of it comes from one address.
        ["Identity__NetworkFailuresFree"] = "100000",
        ["Logging__LogLevel__Default"] = "Warning",
    };

    /// <summary>Runs a sub-command of the host on the same database; answers what it printed.</summary>
    public async Task<(int Code, string Output)> Command(params string[] arguments)
    {
        using var command = Process.Start(Souk(arguments))!;
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

    public abstract ValueTask DisposeAsync();

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

    /// <summary>The folder of this repository.</summary>
    public static string Root => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    protected ProcessStartInfo Souk(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Built("Host", "souk.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in Settings)
            start.Environment[name] = value;
        return start;
    }

    /// <summary>Ends a process in good order, and at once when it takes longer than that.</summary>
    protected static async Task Stop(Process process, TimeSpan limit)
    {
        if (process.HasExited)
            return;
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        using var end = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
    }

    /// <summary>The parent of our own backend, when the server runs on this machine.</summary>
    protected static async Task<int?> FindPostmaster(string owner)
    {
        await using var connection = new NpgsqlConnection(owner);
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
