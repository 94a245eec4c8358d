using System.Buffers.Binary;
using System.Globalization;
using Souk.Platform.Db;

namespace Souk.Orders.Features;

/// <summary>
/// What was asked for, as SQL over the orders <c>o</c>. Ids are in the order of creation: a time is a bound of ids.
/// </summary>
internal sealed record OrderFilter(
    string? Status, long? Number, Guid From, Guid Before, Guid After, bool Descending, int Take)
{
    private static readonly Guid Last = Guid.AllBitsSet;

    public string Page => $"order by id{(Descending ? " desc" : "")} limit {Take}";

    public object?[] Arguments => [Pg.Text(Status), Pg.Bigint(Number), From, Before, After];

    public static OrderFilter Of(
        string? status, string? number, DateTimeOffset? createdAfter, DateTimeOffset? createdBefore, Guid? cursor,
        bool descending, int take)
    {
        var from = createdAfter is { } after ? Bound(after) : Guid.Empty;
        var before = createdBefore is { } end ? Bound(end) : Last;
        if (cursor is { } last && descending)
            before = last.CompareTo(before) < 0 ? last : before;
        if (cursor is { } first && !descending)
            from = first.CompareTo(from) > 0 ? first : from;
        // A number that is none names no order.
        long? wanted = number is null ? null
            : long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;
        return new OrderFilter(status, wanted, from, before, cursor ?? Guid.Empty, descending, take);
    }

    public static string Where(int first, string status) => $"""
        (${first}::text is null or {status} = ${first})
            and (${first + 1}::bigint is null or o.number = ${first + 1})
            and o.id >= ${first + 2} and o.id < ${first + 3} and o.id <> ${first + 4}
        """;

    private static Guid Bound(DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteInt64BigEndian(bytes, Math.Max(0, time.ToUnixTimeMilliseconds()) << 16);
        return new Guid(bytes, bigEndian: true);
    }
}
