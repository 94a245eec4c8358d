using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Souk.Host;
using Souk.Host.Embedded;

namespace Souk.IntegrationTests;

/// <summary>A PostgreSQL of a test's own, for what may not happen to the one that all tests share: all of it can be stopped.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private readonly int port = SoukServer.FreePort();
    private readonly PostgresBinaries binaries;
    private readonly string? user;
    private readonly string folder;

    private PostgresServer(PostgresBinaries binaries, string? user, string folder) =>
        (this.binaries, this.user, this.folder) = (binaries, user, folder);

    /// <summary>The connection that may do everything, to a database that is empty at first.</summary>
    public string Owner => $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres";

    /// <summary>Makes and starts one; the test is skipped where there is none to start.</summary>
    public static async Task<PostgresServer> Required()
    {
        var folder = Directory.CreateTempSubdirectory("souk-postgres-").FullName;
        try
        {
            var binaries = await PostgresBinaries.Find(folder, TestContext.Current.CancellationToken);
            var server = new PostgresServer(binaries, Environment.IsPrivilegedProcess ? "postgres" : null, folder);
            await server.Start();
            return server;
        }
        catch (ConfigurationException e)
        {
            Directory.Delete(folder, recursive: true);
            TestDatabase.Missing(e.Message);
            throw;
        }
    }

    /// <summary>Every process of it hangs: connections stay open, new ones are accepted by the kernel, nothing is answered.</summary>
    public Task Hang() => Signal("-STOP");

    /// <summary>It goes on where it was.</summary>
    public Task GoOn() => Signal("-CONT");

    /// <summary>How many connections are open to it, besides that which asks.</summary>
    public async Task<long> Connections()
    {
        await using var connection = new NpgsqlConnection(Owner + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var count = new NpgsqlCommand(
            "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()", connection);
        return (long)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        await GoOn();
        await Run("pg_ctl", "stop", "-D", Path.Combine(folder, "data"), "-m", "immediate", "-w");
        Directory.Delete(folder, recursive: true);
    }

    private async Task Start()
    {
        if (user is not null)
            using (var chown = Process.Start("chown", [user, folder]))
                await chown.WaitForExitAsync(TestContext.Current.CancellationToken);
        var data = Path.Combine(folder, "data");
        await Run("initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "-N");
        await Run(
            "pg_ctl", "start", "-D", data, "-l", Path.Combine(folder, "log"), "-w", "-o",
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c fsync=off");
    }

    private async Task Run(string program, params string[] arguments)
    {
        var (exitCode, output) = await Subprocess.RunAs(user, binaries.PathOf(program), arguments, CancellationToken.None);
        Assert.True(exitCode == 0, output);
    }

    // The first is the one that starts the others: while it stands still there are no more of them.
    private async Task Signal(string signal)
    {
        var first = (await File.ReadAllLinesAsync(Path.Combine(folder, "data", "postmaster.pid")))[0];
        await Kill(signal, first);
        var others = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).OfType<string>()
            .Where(name => name.All(char.IsAsciiDigit) && ParentOf(name) == first).ToList();
        await Kill(signal, [.. others]);
    }

    private static string? ParentOf(string process)
    {
        try
        {
            // "4981 (postgres) S 1 …": the name may hold anything, the state and the parent follow its last parenthesis.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return null;
        }
    }

    private static async Task Kill(string signal, params string[] processes)
    {
        // Some of them have ended meanwhile: kill says so, and signals the others.
        using var kill = Process.Start(new ProcessStartInfo("kill", [signal, .. processes]) { RedirectStandardError = true })!;
        await kill.WaitForExitAsync(CancellationToken.None);
    }
}
