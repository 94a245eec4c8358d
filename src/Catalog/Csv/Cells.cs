using System.Text;

namespace Souk.Catalog.Csv;

/// <summary>How cells of a product file are written and read, so that what was written is read as it was.</summary>
internal static class Cells
{
    /// <summary>Several values in one cell, with bars between them.</summary>
    public static string Join(IEnumerable<string> values) =>
        string.Join('|', values.Select(value => Escape(value, '|')));

    public static string[] Split(string cell) => cell.Length == 0 ? []
        : [.. SplitAt(cell, '|', int.MaxValue).Select(Unescape)];

    /// <summary>The options of a variant: <c>color=red|size=L</c>.</summary>
    public static string JoinPairs(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join('|', pairs.Select(pair => $"{Escape(pair.Key, '|', '=')}={Escape(pair.Value, '|')}"));

    /// <summary>Null when it is not made of pairs, or names one twice.</summary>
    public static Dictionary<string, string>? SplitPairs(string cell)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in cell.Length == 0 ? [] : SplitAt(cell, '|', int.MaxValue))
            if (SplitAt(pair, '=', 2) is not [var key, var value] || !pairs.TryAdd(Unescape(key), Unescape(value)))
                return null;
        return pairs;
    }

    private static string Escape(string value, params ReadOnlySpan<char> special)
    {
        var escaped = new StringBuilder(value.Length);
        foreach (var c in value)
            (c == '\\' || special.Contains(c) ? escaped.Append('\\') : escaped).Append(c);
        return escaped.ToString();
    }

    private static string Unescape(string text)
    {
        var value = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
            value.Append(text[i] == '\\' && i + 1 < text.Length ? text[++i] : text[i]);
        return value.ToString();
    }

    private static List<string> SplitAt(string text, char separator, int partsMax)
    {
        var (parts, from) = (new List<string>(), 0);
        for (var i = 0; i < text.Length && parts.Count < partsMax - 1; i++)
            if (text[i] == '\\')
                i++;
            else if (text[i] == separator)
            {
                parts.Add(text[from..i]);
                from = i + 1;
            }
        parts.Add(text[from..]);
        return parts;
    }
}
