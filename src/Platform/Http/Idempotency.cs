using Npgsql;
using NpgsqlTypes;
using Souk.Platform.Db;

namespace Souk.Platform.Http;

/// <summary>
/// The idempotency record of one write. Its insert travels with the first message of the transaction, so that a second
/// request with the key waits there, on the unique index; its answer travels with the commit.
/// </summary>
/// <param name="Principal">Whose key it is.</param>
/// <param name="Route">Method and pattern of the route.</param>
/// <param name="Key">The caller's key.</param>
/// <param name="Hash">SHA-256 of the request.</param>
/// <param name="AnswerId">Under which an answer comes that is not there at the commit; null when it is.</param>
internal sealed record IdempotencyRecord(string Principal, string Route, string Key, byte[] Hash, Guid? AnswerId)
{
    private const string InsertSql = """
        insert into idempotency (principal, route, key, request_hash, answer_id, status, headers, body)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private readonly NpgsqlParameter status = new() { NpgsqlDbType = NpgsqlDbType.Integer, Value = DBNull.Value };
    private readonly NpgsqlParameter headers = new() { NpgsqlDbType = NpgsqlDbType.Jsonb, Value = DBNull.Value };
    private readonly NpgsqlParameter body = new() { NpgsqlDbType = NpgsqlDbType.Bytea, Value = DBNull.Value };

    /// <summary>Adds the insert to the first message of the transaction.</summary>
    public void Begin(Work work) => work.Defer(InsertSql, [Principal, Route, Key, Hash, Pg.Uuid(AnswerId), status, headers, body]);

    /// <summary>Stores the answer: in the insert itself as long as that was not sent.</summary>
    public void Answer(Work work, StoredAnswer answer)
    {
        if (!work.Begun)
        {
            status.Value = answer.Status;
            headers.Value = (object?)answer.Headers ?? DBNull.Value;
            body.Value = answer.BodyToKeep;
            return;
        }
        work.Defer(
            "update idempotency set status = $4, headers = $5, body = $6 where principal = $1 and route = $2 and key = $3",
            [Principal, Route, Key, answer.Status, Pg.Jsonb(answer.Headers), answer.BodyToKeep]);
    }

    /// <summary>The answer is none that a retry should get: the record goes as if it had never been.</summary>
    public void Forget(Work work) =>
        work.Defer("delete from idempotency where principal = $1 and route = $2 and key = $3", [Principal, Route, Key]);

    /// <summary>Whether the record of another request with this key stands, or stood, in the way.</summary>
    public static bool IsTaken(PostgresException e) =>
        e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "idempotency_pkey" };

    /// <summary>Whether the other request is still running: its record is not committed, and the wait for it timed out.</summary>
    public static bool IsRunning(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled
        && e.BatchCommand is NpgsqlBatchCommand { CommandText: InsertSql };

    /// <summary>What the record says now; null when there is none.</summary>
    public async Task<Existing?> Read(Service service, CancellationToken ct) => (await service.Query(
        "select request_hash, answer_id, status, headers, body from idempotency where principal = $1 and route = $2 and key = $3",
        row => new Existing(
            row.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(Hash),
            row.IsDBNull(1) ? null : row.GetGuid(1),
            row.IsDBNull(2) ? null : StoredAnswer.Read(row, 2)),
        ct, Principal, Route, Key)).FirstOrDefault();

    /// <summary>Stores the refusal of a write that was rolled back, in a transaction of its own. False when another was faster.</summary>
    public async Task<bool> StoreAlone(Service service, StoredAnswer answer, CancellationToken ct) => await service.Execute(
        InsertSql + " on conflict do nothing",
        ct, Principal, Route, Key, Hash, Pg.Uuid(null), answer.Status, Pg.Jsonb(answer.Headers), answer.BodyToKeep) == 1;

    /// <summary>A record that was there before.</summary>
    /// <param name="SameRequest">Whether it is of the same request.</param>
    /// <param name="AnswerId">Under which its answer comes.</param>
    /// <param name="Answer">Its answer; null while it runs.</param>
    public sealed record Existing(bool SameRequest, Guid? AnswerId, StoredAnswer? Answer);
}
