using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using Souk.Platform.Telemetry;
using StackExchange.Redis;

namespace Souk.Platform.Caching;

/// <summary>Something ready-made that processes share.</summary>
/// <param name="Version">Of what it was made of.</param>
/// <param name="Bytes">What is answered.</param>
/// <param name="MadeAt">When its making began, in <see cref="TimeProvider.GetTimestamp" />, whichever process made it.</param>
public sealed record SharedAnswer(long Version, byte[] Bytes, long MadeAt);

/// <summary>
/// What the replicas of a service have made for each other, in Redis, behind the cache that each has in its memory. An older
/// answer never replaces a newer one, however late it comes: who finds nothing leaves a lease and keeps only against it, and a
/// change deletes answer and lease alike. Every replica that hears of a change deletes; one that could not does not look here
/// for as long as what was there may live.
/// </summary>
/// <param name="redis">Where; without one every answer is made here.</param>
/// <param name="name">Tells the caches of a deployment apart.</param>
/// <param name="ageMax">How long an answer lives; the net below the events, for what was changed while nobody listened.</param>
/// <param name="clock">The time.</param>
public sealed class SharedCache(Redis redis, string name, TimeSpan ageMax, TimeProvider clock)
{
    private const byte LeaseMark = (byte)'L';
    private const byte AnswerMark = (byte)'A';
    private const int HeaderSize = 1 + sizeof(long);

    // Nothing found: the caller's lease is left, and no field answered. A lease of another: one field. An answer: two.
    private const string FindScript = """
        local found = redis.call('GET', KEYS[1])
        if not found then
            redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            return {}
        end
        if string.byte(found) == 76 then return {1} end
        return {found, redis.call('PTTL', KEYS[1])}
        """;

    private const string KeepScript = """
        if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
        """;

    private static readonly TimeSpan LeaseMax = TimeSpan.FromSeconds(10);
    private static readonly Counter<long> Looks = Meters.Redis.CreateCounter<long>(
        "souk.shared_cache.looks", description: "Looks into Redis for what was not in memory, by what came of it.");

    // What was changed just before this process began to listen is deleted by those who heard of it, within a second.
    private long trustedFrom = clock.GetTimestamp() + Ticks(TimeSpan.FromSeconds(2), clock);

    /// <summary>What a replica has made already; else what <paramref name="read" /> makes, kept for the others. Null is not kept.</summary>
    /// <param name="key">What it is about.</param>
    /// <param name="read">Makes it.</param>
    public async Task<SharedAnswer?> FindOrRead(string key, Func<Task<SharedAnswer?>> read)
    {
        if (!redis.IsOn)
            return await read();
        var lease = Lease();
        var found = await Find(key, lease);
        var result = found switch { null => "away", [] => "missing", [_] => "leased", _ => "found" };
        Looks.Add(1, new("cache", name), new("result", result));
        if (found is [var packed, var timeLeft])
            return Unpack((byte[])packed!, TimeSpan.FromMilliseconds((long)timeLeft));
        var answer = await read();
        if (answer is not null && found is [])
            _ = Keep(key, lease, answer); // Whoever waits for the answer does not wait for this.
        return answer;
    }

    /// <summary>Something about the key changed.</summary>
    public void Forget(string key)
    {
        if (redis.IsOn)
            _ = Delete(key);
    }

    /// <summary>Something about all of them changed.</summary>
    public void ForgetAll() => Distrust();

    /// <summary>What stands for the right to keep an answer: no other is like it.</summary>
    internal static byte[] Lease() => [LeaseMark, .. Guid.CreateVersion7().ToByteArray()];

    /// <summary>One look; it leaves the lease where nothing is. Null when Redis is away or not to be trusted now.</summary>
    internal async Task<RedisResult[]?> Find(string key, byte[] lease) =>
        clock.GetTimestamp() >= Volatile.Read(ref trustedFrom)
        && await redis.Run(FindScript, Key(key), lease, (long)LeaseMax.TotalMilliseconds) is { } found
            ? (RedisResult[]?)found
            : null;

    /// <summary>Keeps an answer against the lease that was left for it.</summary>
    internal async Task Keep(string key, byte[] lease, SharedAnswer answer)
    {
        var timeLeft = ageMax - clock.GetElapsedTime(answer.MadeAt);
        if (timeLeft > TimeSpan.Zero)
            await redis.Run(KeepScript, Key(key), lease, Pack(answer), (long)timeLeft.TotalMilliseconds);
    }

    private async Task Delete(string key)
    {
        if (!await redis.Delete(Key(key)))
            Distrust();
    }

    // Longer than any answer lives that was there now, or is kept by a lease that was left before now.
    private void Distrust() => Volatile.Write(ref trustedFrom, clock.GetTimestamp() + Ticks(ageMax + LeaseMax, clock));

    private string Key(string key) => $"{name}:{key}";

    private SharedAnswer Unpack(byte[] packed, TimeSpan timeLeft) => new(
        BinaryPrimitives.ReadInt64LittleEndian(packed.AsSpan(1)), packed[HeaderSize..],
        clock.GetTimestamp() - Ticks(ageMax - timeLeft, clock));

    private static byte[] Pack(SharedAnswer answer)
    {
        var packed = new byte[HeaderSize + answer.Bytes.Length];
        packed[0] = AnswerMark;
        BinaryPrimitives.WriteInt64LittleEndian(packed.AsSpan(1), answer.Version);
        answer.Bytes.CopyTo(packed, HeaderSize);
        return packed;
    }

    private static long Ticks(TimeSpan time, TimeProvider clock) =>
        (long)(time.TotalSeconds * clock.TimestampFrequency);
}
