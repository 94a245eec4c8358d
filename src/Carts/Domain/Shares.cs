namespace Souk.Carts.Domain;

/// <summary>Splits an amount so that the shares add up to it exactly, each as close to its weight as whole units allow.</summary>
internal static class Shares
{
    /// <summary>
    /// Shares by largest remainder; equal remainders go to the earlier one. Without any weight all count the same.
    /// No share is larger than its weight as long as the amount is not larger than their sum.
    /// </summary>
    /// <param name="amount">What is split; not negative.</param>
    /// <param name="weights">Not negative; at least one.</param>
    public static long[] Of(long amount, IReadOnlyList<long> weights)
    {
        var shares = new long[weights.Count];
        if (amount == 0)
            return shares;
        Int128 sum = 0;
        foreach (var weight in weights)
            sum += weight;
        var even = sum == 0;
        if (even)
            sum = weights.Count;

        var remainders = new (Int128 Remainder, int Index)[weights.Count];
        var left = amount;
        for (var i = 0; i < weights.Count; i++)
        {
            // Two longs multiplied do not fit a long: a total of 10^16 times a line of 10^16 is a legal split.
            var product = (Int128)amount * (even ? 1 : weights[i]);
            shares[i] = (long)(product / sum);
            remainders[i] = (product % sum, i);
            left -= shares[i];
        }
        if (left == 0)
            return shares;
        Array.Sort(remainders, static (a, b) => a.Remainder != b.Remainder ? b.Remainder.CompareTo(a.Remainder) : a.Index.CompareTo(b.Index));
        for (var i = 0; i < left; i++)
            shares[remainders[i].Index]++;
        return shares;
    }
}
