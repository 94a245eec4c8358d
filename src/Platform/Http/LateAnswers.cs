using System.Data;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Platform.Http;

/// <summary>Answers of requests that were committed without one.</summary>
internal static class LateAnswers
{
    /// <summary>Stores an answer if there is none yet; answers the one that is stored in the end.</summary>
    public static async Task<StoredAnswer> TryStore(NpgsqlDataSource source, Guid id, StoredAnswer answer, CancellationToken ct)
    {
        await using (var store = source.CreateCommand(
            "update idempotency set status = $2, headers = $3, body = $4 where answer_id = $1 and status is null"))
        {
            store.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
            store.Parameters.Add(new NpgsqlParameter<int> { TypedValue = answer.Status });
            store.Parameters.Add(Pg.Jsonb(answer.Headers));
            store.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = answer.BodyToKeep });
            if (await store.ExecuteNonQueryAsync(ct) == 1)
                return answer;
        }
        await using var read = source.CreateCommand("select status, headers, body from idempotency where answer_id = $1");
        read.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var reader = await read.ExecuteReaderAsync(CommandBehavior.SingleRow, ct);
        return await reader.ReadAsync(ct) ? StoredAnswer.Read(reader, 0) : answer;
    }
}
