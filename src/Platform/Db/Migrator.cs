using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Souk.Platform.Db;

/// <summary>The embedded migrations of one service.</summary>
/// <param name="Service">Its name and schema.</param>
/// <param name="Assembly">Holds <c>Migrations/NNNN_name.sql</c> as resources.</param>
internal sealed record MigrationSource(string Service, Assembly Assembly);

/// <summary>
/// Brings every service's schema up to date: forward only, one SQL file in one transaction, one runner at a time. Makes the
/// schemas and the login roles when it may. Safe to run again, and while old code still serves.
/// </summary>
/// <remarks>
/// A file that waits for a lock gives it up after a second and asks again later: whoever comes after it waits behind it, and
/// gives up after two. <c>NNNN_name.concurrently.sql</c> holds one <c>CREATE INDEX CONCURRENTLY</c> and runs outside of a
/// transaction, so that nobody waits at all.
/// </remarks>
internal sealed partial class Migrator(
    IEnumerable<MigrationSource> sources, Connections connections, TimeProvider clock, ILogger<Migrator> logger)
{
    private const long LockKey = 0x536F756B; // "Souk"
    private const string Concurrently = ".concurrently.sql";
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(8);

    // Half of what a request waits for a lock: what comes behind the migration is answered late, and not refused.
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Runs what has not run yet; answers how many files that were.</summary>
    /// <exception cref="InvalidOperationException">A file that has run was changed, or another runner held the lock too long.</exception>
    public async Task<int> Run(CancellationToken ct)
    {
        var applied = 0;
        foreach (var database in sources.GroupBy(source => connections.Owner(source.Service)))
            applied += await Run(database.Key, database, ct);
        return applied;
    }

    private async Task<int> Run(string owner, IEnumerable<MigrationSource> here, CancellationToken ct)
    {
        // Not pooled: the lock ends with the connection. In a pool it lived on, and the next process waited for minutes.
        var alone = new NpgsqlConnectionStringBuilder(owner) { Pooling = false };
        await using var db = new NpgsqlConnection(alone.ConnectionString);
        await db.OpenAsync(ct);
        // Who migrates may be killed. The server would finish the statement first, and the next one wait for it; a
        // server on a system that cannot tell goes without.
        await Execute(db, """
            do $$ begin perform set_config('client_connection_check_interval', '1s', false);
            exception when invalid_parameter_value then null; end $$
            """, ct);
        await TakeTurn(db, ct);
        var applied = 0;
        var services = $"{db.Database}_services";
        await Execute(db, $"do $$ begin if not exists (select 1 from pg_roles where rolname = '{services}') then create role \"{services}\" nologin; end if; end $$", ct);
        foreach (var source in here)
            applied += await Migrate(db, source, services, ct);
        return applied;
    }

    /// <summary>The files of all services that have not run; for <c>/health/ready</c> and <c>souk migrate --dry-run</c>.</summary>
    public async Task<IReadOnlyList<string>> Pending(CancellationToken ct)
    {
        var pending = new List<string>();
        foreach (var source in sources)
        {
            await using var db = new NpgsqlConnection(connections.Owner(source.Service));
            await db.OpenAsync(ct);
            await using var exists = new NpgsqlCommand($"select to_regclass('{source.Service}.migrations') is not null", db);
            var done = (bool)(await exists.ExecuteScalarAsync(ct))! ? await Done(db, source.Service, ct) : [];
            pending.AddRange(Files(source).Where(file => !done.ContainsKey(file.Name)).Select(file => $"{source.Service}/{file.Name}"));
        }
        return pending;
    }

    /// <summary>The names of a service's migrations as this program knows them.</summary>
    public IEnumerable<string> Names(string service) => sources.Where(source => source.Service == service).SelectMany(Files).Select(file => file.Name);

    // Polled, never waited for inside the server: a waiter there would deadlock CREATE INDEX CONCURRENTLY.
    private async Task TakeTurn(NpgsqlConnection db, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            await using var tryLock = new NpgsqlCommand("select pg_try_advisory_lock($1)", db) { Parameters = { new() { Value = LockKey } } };
            if ((bool)(await tryLock.ExecuteScalarAsync(ct))!)
                return;
            if (clock.GetElapsedTime(started) > WaitMax)
                throw new InvalidOperationException("Another process has been migrating for five minutes. Wait for it, or end its connection.");
            await Task.Delay(TimeSpan.FromMilliseconds(250), ct);
        }
    }

    private async Task<int> Migrate(NpgsqlConnection db, MigrationSource source, string services, CancellationToken ct)
    {
        var (schema, role) = (source.Service, connections.Role(source.Service));
        if (connections.MakesRole(schema))
        {
            await Execute(db, $"""
                do $$ begin
                    if not exists (select 1 from pg_roles where rolname = '{role}') then
                        create role "{role}" login nosuperuser nocreatedb nocreaterole noinherit;
                    end if;
                end $$;
                alter role "{role}" inherit;
                grant "{services}" to "{role}";
                """, ct);
            await SetPassword(db, role, connections.Password(schema), ct);
        }
        await Execute(db, $"""
            create schema if not exists {schema};
            grant usage on schema {schema} to "{role}";
            alter default privileges in schema {schema} grant select, insert, update, delete on tables to "{role}";
            alter default privileges in schema {schema} grant usage on sequences to "{role}";
            create table if not exists {schema}.migrations (name text primary key, hash text not null, at timestamptz not null default now());
            """, ct);

        var done = await Done(db, schema, ct);
        var applied = 0;
        foreach (var file in Files(source))
        {
            if (done.TryGetValue(file.Name, out var hash))
            {
                if (hash != file.Hash)
                    throw new InvalidOperationException($"{schema}/{file.Name} was changed after it had run. Migrations are forward only: write a new file.");
                continue;
            }
            var sql = file.Sql.Replace("{schema}", schema, StringComparison.Ordinal)
                .Replace("{role}", $"\"{role}\"", StringComparison.Ordinal)
                .Replace("{services}", $"\"{services}\"", StringComparison.Ordinal);
            var note = $"insert into {schema}.migrations (name, hash) values ('{file.Name}', '{file.Hash}')";
            if (file.Name.EndsWith(Concurrently, StringComparison.Ordinal))
                await BuildIndex(db, schema, file.Name, sql, note, ct);
            else
                await Apply(db, $"{schema}/{file.Name}", $"""
                    begin;
                    set local search_path = {schema};
                    set local lock_timeout = '{LockTimeout.TotalSeconds}s';
                    {sql}
                    ;
                    {note};
                    commit;
                    """, ct);
            logger.LogInformation("Migrated {Schema}/{Migration}", schema, file.Name);
            applied++;
        }
        return applied;
    }

    private async Task Apply(NpgsqlConnection db, string name, string sql, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        for (var pause = LockTimeout; ; pause = pause < PauseMax ? 2 * pause : PauseMax)
        {
            try
            {
                await Execute(db, sql, ct);
                return;
            }
            catch (PostgresException e) when (
                e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                await Execute(db, "rollback", ct);
                if (clock.GetElapsedTime(started) > WaitMax)
                    throw new InvalidOperationException(
                        $"{name} needs a lock that others have held for five minutes. Look for long transactions in "
                        + "pg_stat_activity, then run it again.", e);
            }
            // Whoever waited behind it goes first.
            logger.LogInformation("{Migration} asks for its locks again in {Pause} s: others hold them", name,
                pause.TotalSeconds);
            await Task.Delay(pause, ct);
        }
    }

    /// <summary>
    /// Builds an index beside the traffic. That takes several transactions: who is killed between them leaves an index behind that
    /// costs and is never used. It is dropped and built again; one that was finished, but not written down, is as good as any.
    /// </summary>
    private static async Task BuildIndex(NpgsqlConnection db, string schema, string name, string sql, string note,
        CancellationToken ct)
    {
        if (IndexOf().Matches(sql) is not [var statement])
            throw new InvalidOperationException(
                $"{schema}/{name} must hold one CREATE INDEX CONCURRENTLY with a name, and nothing else.");
        var index = $"{schema}.{statement.Groups["name"].Value}";
        // It waits for transactions that are open, and nobody waits for it.
        await Execute(db, $"set search_path = {schema}; set lock_timeout = 0", ct);
        await using var find = new NpgsqlCommand("select indisvalid from pg_index where indexrelid = to_regclass($1)", db);
        find.Parameters.Add(new() { Value = index });
        var isValid = await find.ExecuteScalarAsync(ct) as bool?;
        if (isValid is false)
            await Execute(db, $"drop index concurrently {index}", ct);
        if (isValid is not true)
            await Execute(db, sql.TrimEnd().TrimEnd(';'), ct);
        await Execute(db, $"{note}; reset search_path; reset lock_timeout", ct);
    }

    // As an argument, and not in the text: texts of statements stand in traces.
    private static async Task SetPassword(NpgsqlConnection db, string role, string password, CancellationToken ct)
    {
        await using var set = new NpgsqlCommand("select set_config('souk.password', $1, false)", db);
        set.Parameters.Add(new() { Value = password });
        await set.ExecuteNonQueryAsync(ct);
        await Execute(db, $"""
            do $$ begin
                execute format('alter role %I password %L', '{role}', current_setting('souk.password'));
            end $$
            """, ct);
        await Execute(db, "reset souk.password", ct);
    }

    private static async Task<Dictionary<string, string>> Done(NpgsqlConnection db, string schema, CancellationToken ct)
    {
        var done = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand($"select name, hash from {schema}.migrations", db);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            done.Add(reader.GetString(0), reader.GetString(1));
        return done;
    }

    // The platform's own files come first in every service; the prefix keeps the two sequences apart.
    private static IEnumerable<MigrationFile> Files(MigrationSource source) =>
        [.. Files(typeof(Migrator).Assembly, "platform/"), .. Files(source.Assembly, "")];

    private static IEnumerable<MigrationFile> Files(Assembly assembly, string prefix) => assembly.GetManifestResourceNames()
        .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            var sql = reader.ReadToEnd();
            return new MigrationFile(prefix + name[(name.LastIndexOf('/') + 1)..], sql, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));
        });

    private static async Task Execute(NpgsqlConnection db, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, db) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    [GeneratedRegex(@"create\s+(unique\s+)?index\s+concurrently\s+(?!if\b)(?<name>\w+)\s+on\s",
        RegexOptions.IgnoreCase)]
    private static partial Regex IndexOf();

    private sealed record MigrationFile(string Name, string Sql, string Hash);
}
