using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Souk.Host.Embedded;

/// <summary>The files of the private PostgreSQL: its cluster, its socket, its settings, its password and who owns it.</summary>
internal sealed class EmbeddedFolder
{
    // A socket's whole path must fit sockaddr_un; PostgreSQL adds "/.s.PGSQL.5432".
    private const int SocketFolderMax = 90;
    private const int SocketPort = 5432;
    private const long LogMax = 16 * 1024 * 1024;
    private readonly string root;

    private EmbeddedFolder(string root, string? user)
    {
        this.root = root;
        User = user;
    }

    /// <summary>Who runs it; null: who runs this process. PostgreSQL refuses to run as root.</summary>
    public string? User { get; }

    public string Cluster => Path.Combine(root, "data");

    public string Log => Path.Combine(root, "log");

    private string SocketFolder => Path.Combine(root, "socket");

    private string PasswordFile => Path.Combine(root, "password");

    private bool UsesSocket => !OperatingSystem.IsWindows() && Encoding.UTF8.GetByteCount(SocketFolder) <= SocketFolderMax;

    /// <summary>Finds the place: <c>.souk/postgres</c>, or below <c>/var/lib/souk</c> when the unprivileged user cannot reach that.</summary>
    /// <exception cref="ConfigurationException">There is no user to run it as.</exception>
    public static async Task<EmbeddedFolder> Prepare(string data, CancellationToken ct)
    {
        var preferred = Path.Combine(Path.GetFullPath(data), "postgres");
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return Made(preferred, user: null);

        var user = UnprivilegedUser();
        // Once it had to go elsewhere it stays there; without the note (somebody removed .souk) a fresh one is made.
        var note = Path.Combine(Path.GetFullPath(data), "postgres-folder");
        if (!File.Exists(note))
        {
            Made(preferred, user: null);
            if (await Owns(preferred, user, ct))
                return Made(preferred, user);
            Directory.Delete(preferred);
        }
        var elsewhere = Once(note, () =>
        {
            var salted = Encoding.UTF8.GetBytes(preferred + Convert.ToHexString(RandomNumberGenerator.GetBytes(8)));
            return "/var/lib/souk/" + Convert.ToHexStringLower(SHA256.HashData(salted))[..16];
        });
        Made(elsewhere, user: null);
        if (!await Owns(elsewhere, user, ct))
            throw new ConfigurationException([$"The user {user} can use neither {preferred} nor {elsewhere} for PostgreSQL. Set ConnectionStrings__Souk, or start souk as another user than root."]);
        return Made(elsewhere, user);
    }

    /// <summary>The one process that starts and stops it; null when another holds that. The lock ends with the process, however it ends.</summary>
    public FileStream? TakeOwnership()
    {
        try
        {
            return new FileStream(Path.Combine(root, "owner"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Makes the cluster. A start that was killed in the middle leaves nothing that looks like one.</summary>
    public async Task Initialise(PostgresBinaries binaries, CancellationToken ct)
    {
        var making = Cluster + ".new";
        await Subprocess.RunAs(User, "/bin/rm", ["-rf", making, Cluster], ct);
        var password = Password();
        if (User is not null)
            await Subprocess.Run("chown", [User, PasswordFile], ct);
        var (exitCode, output) = await Subprocess.RunAs(User, binaries.PathOf("initdb"),
            ["-D", making, "-U", "souk", "-E", "UTF8", "--locale=C", "-A", "scram-sha-256", "--pwfile", PasswordFile], ct);
        if (exitCode != 0 || password.Length == 0)
            throw new ConfigurationException([$"initdb failed in {making}: {output}"]);
        Directory.Move(making, Cluster);
    }

    /// <summary>What the server is told at each start; its log of many starts is begun anew.</summary>
    /// <param name="freePort">Used where it cannot listen on a socket.</param>
    public void WriteSettings(int freePort)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024);
        var settings = $"""
            # Written at each start of souk. Your own settings go into postgresql.conf, above the include.
            listen_addresses = '{(UsesSocket ? "" : "127.0.0.1")}'
            port = {(UsesSocket ? SocketPort : freePort)}
            unix_socket_directories = '{(UsesSocket ? SocketFolder : "")}'
            unix_socket_permissions = 0700
            max_connections = 300
            shared_buffers = '{Math.Clamp(memory / 8, 64, 1024)}MB'
            effective_cache_size = '{Math.Clamp(memory / 2, 128, 65536)}MB'
            max_wal_size = '4GB'
            checkpoint_timeout = '15min'
            wal_compression = on
            random_page_cost = 1.1
            jit = off # Every statement here is short.
            fsync = on
            synchronous_commit = on
            full_page_writes = on
            timezone = 'UTC'
            log_timezone = 'UTC'
            log_min_duration_statement = '1s'
            log_lock_waits = on

            """;
        File.WriteAllText(Path.Combine(root, "souk.conf"), settings);
        if (File.Exists(Log) && new FileInfo(Log).Length > LogMax)
            File.Move(Log, Log + ".old", overwrite: true);
        if (!OperatingSystem.IsWindows())
            Directory.CreateDirectory(SocketFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var main = Path.Combine(Cluster, "postgresql.conf");
        var include = $"include = '{Path.Combine(root, "souk.conf").Replace("'", "''", StringComparison.Ordinal)}'";
        if (!File.ReadAllLines(main).Contains(include))
            File.AppendAllText(main, include + "\n");
        if (User is not null)
            Chown(SocketFolder);
    }

    /// <summary>The server's process as its lock file says; null without one.</summary>
    public int? Postmaster()
    {
        try
        {
            return int.Parse(File.ReadLines(Path.Combine(Cluster, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or FormatException or InvalidOperationException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether that process is the server of this cluster, and not another that got its id after a restart of the machine.</summary>
    public bool IsPostmaster(int id)
    {
        try
        {
            if (OperatingSystem.IsLinux())
                return Directory.ResolveLinkTarget($"/proc/{id}/cwd", returnFinalTarget: true)?.FullName == Canonical(Cluster);
            using var process = Process.GetProcessById(id);
            return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Removes a lock file whose process is gone, which PostgreSQL keeps when something else has that id now.</summary>
    public void RemoveStaleLock()
    {
        if (Postmaster() is not { } id || IsPostmaster(id))
            return;
        File.Delete(Path.Combine(Cluster, "postmaster.pid"));
        File.Delete(Path.Combine(SocketFolder, $".s.PGSQL.{SocketPort}.lock"));
    }

    /// <summary>Where the running server listens; null while it does not say so yet.</summary>
    public string? ServerAddress()
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(Cluster, "postmaster.pid"));
        }
        catch (IOException)
        {
            return null;
        }
        // Lines of postmaster.pid: process, data folder, start, port, socket folder, address, shared memory, state.
        if (lines.Length < 6 || !int.TryParse(lines[3], out var port))
            return null;
        return new NpgsqlConnectionStringBuilder
        {
            Host = lines[4].Length > 0 ? lines[4] : lines[5],
            Port = port,
            Username = "souk",
            Password = Password(),
        }.ConnectionString;
    }

    /// <summary>The content of a small secret file, made once, 0600.</summary>
    public static string Once(string path, Func<string> make)
    {
        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            // Written aside and moved: a process killed in between leaves no half a secret behind.
            var aside = $"{path}.{Environment.ProcessId}";
            using (var writer = new StreamWriter(aside, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), options))
                writer.Write(make());
            try
            {
                File.Move(aside, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(aside); // Another process was faster.
            }
        }
        return File.ReadAllText(path).Trim();
    }

    private string Password() => Once(PasswordFile, () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));

    private static EmbeddedFolder Made(string root, string? user)
    {
        Directory.CreateDirectory(root);
        return new EmbeddedFolder(root, user);
    }

    // Owns it and can reach it: every folder above must let the user through.
    private static async Task<bool> Owns(string folder, string user, CancellationToken ct)
    {
        await Subprocess.Run("chown", [user, folder], ct);
        var (exitCode, _) = await Subprocess.RunAs(user, "/bin/sh", ["-c", "test -w \"$0\" && test -x \"$0\"", folder], ct);
        return exitCode == 0;
    }

    private void Chown(string path)
    {
        using var chown = Process.Start("chown", [User!, path]);
        chown.WaitForExit();
    }

    private static string UnprivilegedUser()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line[..Math.Max(0, line.IndexOf(':', StringComparison.Ordinal))]).ToHashSet(StringComparer.Ordinal);
        foreach (var user in new[] { "souk", "postgres" })
            if (users.Contains(user))
                return user;
        throw new ConfigurationException(["PostgreSQL does not run as root, and there is no user 'postgres' or 'souk' to run it as. Make one: useradd --system souk"]);
    }

    // A data folder given through a link is the same folder.
    private static string Canonical(string path)
    {
        var full = Path.GetFullPath(path);
        var parent = Path.GetDirectoryName(full);
        if (parent is null)
            return full;
        var resolved = Path.Combine(Canonical(parent), Path.GetFileName(full));
        return Directory.ResolveLinkTarget(resolved, returnFinalTarget: true)?.FullName ?? resolved;
    }
}
