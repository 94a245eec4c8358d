using System.Text;

namespace Souk.Catalog.Domain;

/// <summary>Names as they stand in addresses: lower-case Latin letters, digits and single hyphens.</summary>
internal static class Slug
{
    public const string Pattern = "^[a-z0-9]+(-[a-z0-9]+)*$";
    public const int LengthMax = 100;

    // The program runs without the system's tables of Unicode, so the letters of Europe's Latin alphabets are spelled out.
    private const string Accented = "àáâãäåāăąçćčďđèéêëēėęěğģħìíîïīįıķļľłñńņňòóôõöøōőŕřśşšţťùúûüūůűųŵýÿŷźżž";
    private const string Plain = "aaaaaaaaacccddeeeeeeeegghiiiiiiiklllnnnnoooooooorrsssttuuuuuuuuwyyyzzz";

    /// <summary>The slug of a name; empty when nothing of it is a Latin letter or a digit.</summary>
    public static string Of(string name)
    {
        var slug = new StringBuilder(name.Length);
        foreach (var letter in name)
        {
            var c = char.ToLowerInvariant(letter);
            if (Accented.IndexOf(c, StringComparison.Ordinal) is >= 0 and var i)
                c = Plain[i];
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(c);
            else if (c == 'ß')
                slug.Append("ss");
            else if (c is 'æ' or 'œ')
                slug.Append(c == 'æ' ? "ae" : "oe");
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
            if (slug.Length >= LengthMax)
                break;
        }
        return slug.ToString(0, Math.Min(slug.Length, LengthMax)).Trim('-');
    }

    /// <summary>The slug of a name that others may have too: the end of the id, which is random, makes it unique.</summary>
    public static string Of(string name, Guid id)
    {
        var (slug, tail) = (Of(name), id.ToString("N")[^8..]);
        if (slug.Length > LengthMax - 9)
            slug = slug[..(LengthMax - 9)].Trim('-');
        return slug.Length == 0 ? tail : $"{slug}-{tail}";
    }
}
