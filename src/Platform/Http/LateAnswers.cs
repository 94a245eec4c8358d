using Souk.Platform.Db;

namespace Souk.Platform.Http;

/// <summary>Answers of requests that were committed without one.</summary>
internal static class LateAnswers
{
    /// <summary>Stores an answer if there is none yet; answers the one that is stored in the end.</summary>
    public static async Task<StoredAnswer> TryStore(Service service, Guid id, StoredAnswer answer, CancellationToken ct)
    {
        var stored = await service.Execute(
            "update idempotency set status = $2, headers = $3, body = $4 where answer_id = $1 and status is null",
            ct, id, answer.Status, Pg.Jsonb(answer.Headers), answer.BodyToKeep);
        if (stored == 1)
            return answer;
        var there = await service.Query(
            "select status, headers, body from idempotency where answer_id = $1", row => StoredAnswer.Read(row, 0), ct, id);
        return there.FirstOrDefault() ?? answer;
    }
}
