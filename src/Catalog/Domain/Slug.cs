using System.Globalization;
using System.Text;

namespace Souk.Catalog.Domain;

/// <summary>Names as they stand in addresses: lower-case Latin letters, digits and single hyphens.</summary>
internal static class Slug
{
    public const string Pattern = "^[a-z0-9]+(-[a-z0-9]+)*$";
    public const int LengthMax = 100;

    /// <summary>The slug of a name; empty when nothing of it is a Latin letter or a digit.</summary>
    public static string Of(string name)
    {
        var slug = new StringBuilder(name.Length);
        foreach (var c in name.Normalize(NormalizationForm.FormD))
        {
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(char.ToLowerInvariant(c));
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark && slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
            if (slug.Length == LengthMax)
                break;
        }
        return slug.ToString().Trim('-');
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
