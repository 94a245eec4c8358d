namespace Souk.Payments.Domain;

/// <summary>Divides amounts so that the parts add up to the whole, to the minor unit.</summary>
internal static class Allocation
{
    /// <summary>
    /// The largest remainder method: each part gets its share rounded down, what is left goes one by one to the parts with
    /// the largest remainders, the earlier first. When the amount is not more than the weights together, no part gets more than its weight.
    /// </summary>
    public static long[] ByLargestRemainder(long amount, ReadOnlySpan<long> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        Int128 sum = 0;
        foreach (var weight in weights)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(weight);
            sum += weight;
        }
        var parts = new long[weights.Length];
        if (amount == 0)
            return parts;
        ArgumentOutOfRangeException.ThrowIfZero((long)Int128.Min(sum, 1), nameof(weights));

        var remainders = new (Int128 Remainder, int Index)[weights.Length];
        var left = amount;
        for (var i = 0; i < weights.Length; i++)
        {
            var exact = (Int128)amount * weights[i];
            parts[i] = (long)(exact / sum);
            remainders[i] = (exact % sum, i);
            left -= parts[i];
        }
        Array.Sort(remainders, (a, b) => a.Remainder == b.Remainder ? a.Index.CompareTo(b.Index) : b.Remainder.CompareTo(a.Remainder));
        for (var i = 0; i < left; i++)
            parts[remainders[i].Index]++;
        return parts;
    }

    /// <summary>A fraction of an amount, rounded half away from zero.</summary>
    public static long Share(long amount, long numerator, long denominator)
    {
        var twice = (Int128)amount * numerator * 2;
        return (long)((twice + denominator) / ((Int128)denominator * 2));
    }
}
