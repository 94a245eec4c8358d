using System.Globalization;
using Souk.Contracts;

namespace Souk.Notifications.Templates;

/// <summary>Languages of mails: which stands in for which, and how each writes amounts.</summary>
internal static class Locales
{
    /// <summary>BCP 47, a language and perhaps a country.</summary>
    public const string Pattern = "^[a-z]{2,3}(-[A-Z]{2})?$";

    /// <summary>Every built-in template exists in it.</summary>
    public const string English = "en";

    // The program knows no cultures, so that it needs no library of them: this is all that mails want of one.
    private static readonly HashSet<string> WithComma =
    [
        "bg", "cs", "da", "de", "el", "es", "et", "fi", "fr", "hr", "hu", "id", "is", "it", "lt", "lv", "nb", "nl",
        "no", "pl",
        "pt", "ro", "ru", "sk", "sl", "sr", "sv", "tr", "uk", "vi",
    ];

    /// <summary>
    /// Where a text is looked for, in this order: <c>de-AT</c>, then <c>de</c>, then the marketplace's own language, then
    /// English.
    /// </summary>
    public static string[] Chain(string? wanted, string ofMarketplace) =>
    [
        .. new[] { wanted, Language(wanted), ofMarketplace, Language(ofMarketplace), English }
            .OfType<string>().Distinct(),
    ];

    /// <summary><c>39.98 EUR</c>, or <c>39,98 EUR</c>.</summary>
    public static string Amount(long minor, string currency, string locale)
    {
        var digits = "F" + Currencies.Digits(currency);
        var amount = Currencies.ToMajor(minor, currency).ToString(digits, CultureInfo.InvariantCulture);
        return $"{(WithComma.Contains(Language(locale)!) ? amount.Replace('.', ',') : amount)} {currency}";
    }

    /// <summary>A tag as browsers write it, in our spelling; null when it names no language.</summary>
    public static string? Read(string tag)
    {
        var parts = tag.Split('-');
        if (parts[0].Length is not (2 or 3) || !parts[0].All(char.IsAsciiLetter))
            return null;
        var language = parts[0].ToLowerInvariant();
        return parts is [_, { Length: 2 } country, ..] && country.All(char.IsAsciiLetter)
            ? $"{language}-{country.ToUpperInvariant()}"
            : language;
    }

    private static string? Language(string? locale) => locale?.Split('-')[0];
}
