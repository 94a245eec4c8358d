using System.Diagnostics;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Platform.Events;

/// <summary>
/// What one process of a service does at a time: who has the turn holds an advisory lock, the others wait for it. The lock
/// lives as long as its connection, so a dead process hands it on by dying.
/// </summary>
internal sealed class Turn : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(5);
    private readonly NpgsqlConnection connection;
    private long checkedAt = Stopwatch.GetTimestamp();

    private Turn(NpgsqlConnection connection) => this.connection = connection;

    /// <summary>Waits for the turn.</summary>
    public static async Task<Turn> Take(Service service, Connections connections, string what, CancellationToken ct)
    {
        var connection = await connections.Hold(service.Name, service.Name + "-turn", ct);
        try
        {
            await using var tryLock = new NpgsqlCommand(
                "select pg_try_advisory_lock(hashtext($1), hashtext($2))", connection)
            {
                Parameters = { new() { Value = what }, new() { Value = service.Name } },
            };
            while (!(bool)(await tryLock.ExecuteScalarAsync(ct))!)
                await Task.Delay(Poll, ct);
            return new Turn(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Throws when the connection is gone, and with it the turn: another may have it. Asks now and then only.</summary>
    public async Task Check(CancellationToken ct)
    {
        if (Stopwatch.GetElapsedTime(checkedAt) < CheckEvery)
            return;
        await using var alive = new NpgsqlCommand("select 1", connection);
        await alive.ExecuteScalarAsync(ct);
        checkedAt = Stopwatch.GetTimestamp();
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
