using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Souk.Platform;

/// <summary>Names that no two may have, compared by what people see rather than by their bytes.</summary>
public static class Names
{
    // After confusables.txt of Unicode Technical Standard #39. Names are compared by small letters, so of a letter that
    // looks like a Latin one as a capital only, the small one stands here; of one that looks like two, its small shape
    // counts.
    private static readonly FrozenDictionary<Rune, Rune> Lookalikes = new (char Latin, string Others)[]
    {
        ('a', "\u0430\u0251\u03B1"),             // Cyrillic a; Latin alpha; Greek alpha
        ('b', "\u0432\u044C\u03B2"),             // Cyrillic ve, soft sign; Greek beta
        ('c', "\u0441\u03F2"),                   // Cyrillic es; Greek lunate sigma
        ('d', "\u0501"),                         // Cyrillic komi de
        ('e', "\u0435\u04BD\u03B5"),             // Cyrillic ie, abkhasian che; Greek epsilon
        ('g', "\u0261\u0581"),                   // Latin script g; Armenian co
        ('h', "\u043D\u04BB\u0570"),             // Cyrillic en, shha; Armenian ho
        ('i', "\u0456\u04CF\u0131\u0269\u03B9"), // Cyrillic i, palochka; Latin dotless i, iota; Greek iota
        ('j', "\u0458\u03F3"),                   // Cyrillic je; Greek yot
        ('k', "\u043A\u03BA"),                   // Cyrillic ka; Greek kappa
        ('l', "\u217C"),                         // Roman numeral fifty
        ('m', "\u043C\u03BC"),                   // Cyrillic em; Greek mu
        ('n', "\u03B7\u0578\u057C"),             // Greek eta; Armenian vo, ra
        ('o', "\u043E\u03BF\u03C3\u0585"),       // Cyrillic o; Greek omicron, sigma; Armenian oh
        ('p', "\u0440\u03C1\u03F1"),             // Cyrillic er; Greek rho and its symbol
        ('q', "\u051B\u0563\u0566"),             // Cyrillic qa; Armenian gim, za
        ('r', "\u0433"),                         // Cyrillic ghe
        ('s', "\u0455\uA731"),                   // Cyrillic dze; Latin small capital s
        ('t', "\u0442\u03C4"),                   // Cyrillic te; Greek tau
        ('u', "\u03C5\u028B\u057D"),             // Greek upsilon; Latin v with hook; Armenian seh
        ('v', "\u0475\u03BD"),                   // Cyrillic izhitsa; Greek nu
        ('w', "\u051D\u0461\u026F"),             // Cyrillic we, omega; Latin turned m
        ('x', "\u0445\u03C7"),                   // Cyrillic ha; Greek chi
        ('y', "\u0443\u04AF\u03B3"),             // Cyrillic u, straight u; Greek gamma
        ('z', "\u03B6"),                         // Greek zeta
    }
    .SelectMany(row => row.Others.EnumerateRunes().Select(other => (other, new Rune(row.Latin))))
    .ToFrozenDictionary(pair => pair.other, pair => pair.Item2);

    /// <summary>
    /// The same for names that look alike: letters are small, full-width ones have their usual width, letters of other alphabets
    /// that look like Latin ones are those, marks that cannot be seen are left out, and what separates words is one space.
    /// To be compared and stored beside the name, never shown.
    /// </summary>
    /// <remarks>
    /// The program runs without the system's tables of Unicode, so this is a part of NFKC and of the skeletons of Unicode
    /// Technical Standard #39: the full-width forms, and single letters of Cyrillic, Greek, Armenian and Latin for single letters
    /// of a to z. It does not know pairs (<c>rn</c> for <c>m</c>), digits for letters, accents (a letter with one is another
    /// letter, and precomposed is not the same as composed), mathematical letters, or likenesses within other scripts.
    /// </remarks>
    public static string Key(string name)
    {
        var key = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format)
                continue;
            if (Rune.IsWhiteSpace(rune))
            {
                if (key.Length > 0 && key[^1] != ' ')
                    key.Append(' ');
                continue;
            }
            // U+FF01 to U+FF5E are the ASCII characters from U+0021 on, in full width.
            var usual = rune.Value is >= 0xFF01 and <= 0xFF5E ? new Rune(rune.Value - 0xFEE0) : rune;
            var small = Rune.ToLowerInvariant(usual);
            key.Append(Lookalikes.GetValueOrDefault(small, small));
        }
        return key.ToString().TrimEnd(' ');
    }
}
