using Souk.Platform.Caching;

namespace Souk.Platform.Http;

/// <summary>
/// The requests of a caller over all processes: the same sliding minute of twelve parts as each process counts for itself,
/// in one round trip, by the clock of Redis.
/// </summary>
internal sealed class SharedLimit(Redis redis, int max)
{
    // A hash of the parts with a count each, gone a minute after the last request. What is refused is not counted.
    private const string TakeScript = """
        local part = math.floor(redis.call('TIME')[1] / 5)
        local taken = 0
        local parts = redis.call('HGETALL', KEYS[1])
        for i = 1, #parts, 2 do
            if part - parts[i] < 12 then
                taken = taken + parts[i + 1]
            else
                redis.call('HDEL', KEYS[1], parts[i])
            end
        end
        if taken >= tonumber(ARGV[1]) then return -1 end
        redis.call('HINCRBY', KEYS[1], part, 1)
        redis.call('EXPIRE', KEYS[1], 65)
        return ARGV[1] - taken - 1
        """;

    /// <summary>Takes a request: how many are left, -1 when none was. Null when Redis is away.</summary>
    public async Task<long?> Take(string caller) =>
        await redis.Run(TakeScript, "limit:" + caller, max) is { } left ? (long)left : null;
}
