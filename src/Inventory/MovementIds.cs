namespace Souk.Inventory;

/// <summary>The ids of movements are in the order of their time: a point in time is a place among them.</summary>
internal static class MovementIds
{
    /// <summary>The first id there can be at a time, both as SQL.</summary>
    public static string From(string time) =>
        $"(encode(substring(int8send((extract(epoch from {time}) * 1000)::bigint) from 3), 'hex') "
        + "|| repeat('0', 20))::uuid";
}
