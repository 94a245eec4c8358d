using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace Souk.Host.Embedded;

/// <summary>
/// The private PostgreSQL of the embedded default: made and started from the installed binaries when no connection string
/// is configured, stopped when the process that started it ends. After a <c>kill -9</c> of that process the next one finds
/// it still running and takes it over; after a power cut it recovers from its own log.
/// </summary>
/// <remarks>
/// It listens on a unix socket that only this user reaches, or on a free loopback port where sockets cannot be used. Every
/// login has a password either way.
/// </remarks>
internal sealed class EmbeddedPostgres : IAsyncDisposable
{
    // Over the start of a large database after a crash; recovery reads up to max_wal_size.
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(5);
    private readonly EmbeddedFolder folder;
    private readonly PostgresBinaries binaries;
    private readonly FileStream? ownership;

    private EmbeddedPostgres(EmbeddedFolder folder, PostgresBinaries binaries, FileStream? ownership)
    {
        this.folder = folder;
        this.binaries = binaries;
        this.ownership = ownership;
    }

    /// <summary>The owner's connection to the marketplace's database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Whether the next dispose stops it: this process started it, or found it left behind.</summary>
    public bool Owned => ownership is not null;

    /// <summary>Starts it, or attaches to the one that runs.</summary>
    /// <param name="data">The data folder, <c>.souk</c>.</param>
    /// <param name="say">Hears what takes long, for the person who waits.</param>
    /// <exception cref="ConfigurationException">It cannot be started here; says what to do.</exception>
    public static async Task<EmbeddedPostgres> Start(string data, Action<string> say, CancellationToken ct)
    {
        var folder = await EmbeddedFolder.Prepare(data, ct);
        var binaries = await PostgresBinaries.Find(folder.Cluster, ct);
        var postgres = new EmbeddedPostgres(folder, binaries, folder.TakeOwnership());
        try
        {
            await postgres.Run(say, ct);
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (ownership is null)
            return;
        if (Alive())
            await Subprocess.RunAs(folder.User, binaries.PathOf("pg_ctl"), ["stop", "-D", folder.Cluster, "-m", "fast", "-w", "-t", "60"], CancellationToken.None);
        await ownership.DisposeAsync();
    }

    private async Task Run(Action<string> say, CancellationToken ct)
    {
        if (Owned && !Alive())
        {
            if (!File.Exists(Path.Combine(folder.Cluster, "PG_VERSION")))
            {
                say($"Making a private PostgreSQL {binaries.Major} in {folder.Cluster}");
                await folder.Initialise(binaries, ct);
            }
            await Launch(ct);
        }
        ConnectionString = await Connect(ct);
        await AssertDurable(ct);
    }

    private async Task Launch(CancellationToken ct)
    {
        folder.RemoveStaleLock();
        folder.WriteSettings(FreePort());
        // pg_ctl puts it into a session of its own: Ctrl-C reaches the host, which ends its work first and the database last.
        var (exitCode, output) = await Subprocess.RunAs(folder.User, binaries.PathOf("pg_ctl"),
            ["start", "-D", folder.Cluster, "-l", folder.Log, "-w", "-t", StartMax.TotalSeconds.ToString(CultureInfo.InvariantCulture)], ct);
        if (exitCode != 0)
            throw new ConfigurationException([
                $"The private PostgreSQL in {folder.Cluster} did not start: {Last(output)} Its log is {folder.Log}.",
            ]);
    }

    private async Task<string> Connect(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartMax);
        while (true)
        {
            // Another process may be starting it: what it says about its address is read again each time.
            var server = folder.ServerAddress();
            if (server is not null)
            {
                try
                {
                    await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Database = "postgres", Pooling = false }.ConnectionString);
                    await connection.OpenAsync(limit.Token);
                    await using var exists = new NpgsqlCommand("select exists (select 1 from pg_database where datname = 'souk')", connection);
                    if (!(bool)(await exists.ExecuteScalarAsync(limit.Token))!)
                    {
                        await using var create = new NpgsqlCommand("create database souk", connection);
                        await create.ExecuteNonQueryAsync(limit.Token);
                    }
                    return new NpgsqlConnectionStringBuilder(server) { Database = "souk" }.ConnectionString;
                }
                catch (NpgsqlException e) when (e is not PostgresException || e.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.DuplicateDatabase)
                {
                    if (Owned && !Alive())
                        throw new ConfigurationException([$"The private PostgreSQL in {folder.Cluster} ended by itself. Its log is {folder.Log}."]);
                }
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
        }
    }

    // What is answered with 2xx is on the disk: an instance that somebody made faster and less safe is refused.
    private async Task AssertDurable(CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(ct);
        foreach (var setting in new[] { "fsync", "synchronous_commit", "full_page_writes" })
        {
            await using var show = new NpgsqlCommand("show " + setting, connection);
            if (await show.ExecuteScalarAsync(ct) is not "on")
                throw new ConfigurationException([$"The private PostgreSQL has {setting} switched off: orders could be lost. Remove it from {folder.Cluster}."]);
        }
    }

    private bool Alive() => folder.Postmaster() is { } id && folder.IsPostmaster(id);

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Last(string output) => output.Split('\n')[^1].Trim();

    /// <summary>The deployment's secret of the embedded default: made once, readable by its owner only.</summary>
    public static string Secret(string data)
    {
        Directory.CreateDirectory(data);
        var path = Path.Combine(data, "secret");
        return EmbeddedFolder.Once(path, () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
    }
}
