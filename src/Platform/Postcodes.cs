using Souk.Platform.Http;

namespace Souk.Platform;

/// <summary>Regions as people name them by the beginnings of their postcodes: 10 and 12 for the middle of Berlin, SW for a part of London.</summary>
public static class Postcodes
{
    private const int PrefixLengthMax = 20;

    /// <summary>Whether a postcode begins with one of them. Spaces, dashes and case count for nothing: people write SW1A 1AA and sw1a1aa.</summary>
    /// <param name="postcode">The postcode of an address; empty where its country has none.</param>
    /// <param name="prefixes">The beginnings.</param>
    public static bool StartsWithAny(string postcode, string[] prefixes) =>
        Array.Exists(prefixes, prefix => StartsWith(postcode, prefix));

    /// <summary>What is wrong with beginnings that somebody wrote: an empty one would be all postcodes.</summary>
    /// <param name="prefixes">The beginnings.</param>
    /// <param name="pointer">Where they stand in the request.</param>
    public static IEnumerable<FieldError> Errors(string[] prefixes, string pointer) =>
        from prefix in prefixes.Index()
        where prefix.Item.All(IsSeparator) || prefix.Item.Trim().Length > PrefixLengthMax
        select new FieldError(
            $"{pointer}/{prefix.Index}", "blank", $"A prefix has 1 to {PrefixLengthMax} characters, and not only spaces and dashes.");

    // Compared in place: a seller's rules may hold thousands of prefixes, and every line of an order is asked about.
    private static bool StartsWith(string postcode, string prefix)
    {
        var at = 0;
        foreach (var wanted in prefix)
        {
            if (IsSeparator(wanted))
                continue;
            while (at < postcode.Length && IsSeparator(postcode[at]))
                at++;
            if (at == postcode.Length || char.ToUpperInvariant(postcode[at++]) != char.ToUpperInvariant(wanted))
                return false;
        }
        return true;
    }

    private static bool IsSeparator(char c) => c is '-' || char.IsWhiteSpace(c);
}
