using System.Text.RegularExpressions;

namespace Souk.Platform.Http;

/// <summary>
/// Finds what looks like the number of a payment card. Card data never reaches a marketplace that takes tokens of gateways;
/// what somebody types into the wrong field is refused before it is stored, published and mailed, because nobody can take it
/// out of the logs, backups and dumps of others again.
/// </summary>
internal static partial class CardNumbers
{
    private const int DigitsMin = 14;
    private const int DigitsMax = 19;

    // What has as many digits and belongs to no payment: of goods, parcels, taxes and banks. Passwords are only hashed.
    private static readonly HashSet<string> OfOtherThings = new(StringComparer.Ordinal)
    {
        "sku", "tracking_number", "tax_id", "iban", "reference", "password", "current_password", "new_password",
    };

    /// <summary>Whether the field of a body may hold any digits.</summary>
    /// <param name="pointer">Where it stands.</param>
    public static bool MayStandAt(string pointer) =>
        !pointer.StartsWith('/') || OfOtherThings.Contains(pointer[(pointer.LastIndexOf('/') + 1)..]);

    /// <summary>
    /// Whether one is in the text: 14 to 19 digits, in one piece or in groups with a space, a dot or a hyphen between, that begin
    /// as cards do and whose last digit is right (Luhn). Digits beside a letter are no group: an id, a serial number, an IBAN.
    /// </summary>
    public static bool IsIn(string text) => Finds(text) && Finds(Iban().Replace(text, ""));

    private static bool Finds(string text)
    {
        Span<char> digits = stackalloc char[DigitsMax];
        for (var at = NextGroup(text, 0); at >= 0; at = NextGroup(text, EndOfGroup(text, at)))
            if ((at == 0 || !char.IsLetter(text[at - 1])) && BeginsOne(text.AsSpan(at), digits))
                return true;
        return false;
    }

    // From this group on, with as many of those behind it as fit.
    private static bool BeginsOne(ReadOnlySpan<char> text, Span<char> digits)
    {
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiDigit(text[i]))
            {
                if (count == DigitsMax)
                    return false;
                digits[count++] = text[i];
                var ends = i + 1 == text.Length || !char.IsLetterOrDigit(text[i + 1]);
                if (ends && count >= DigitsMin && IsCard(digits[..count]))
                    return true;
            }
            else if (!IsSeparator(text[i]) || i + 1 == text.Length || !char.IsAsciiDigit(text[i + 1]))
                return false;
        }
        return false;
    }

    private static bool IsCard(ReadOnlySpan<char> digits)
    {
        var six = int.Parse(digits[..6], System.Globalization.CultureInfo.InvariantCulture);
        var begins = (six / 100_000, six / 10_000, six / 1000, six / 100, digits.Length) switch
        {
            (4, _, _, _, 16 or 19) => true,                                      // Visa
            (_, >= 51 and <= 55, _, _, 16) => true,                              // Mastercard
            (_, _, _, >= 2221 and <= 2720, 16) => true,
            (_, 34 or 37, _, _, 15) => true,                                     // American Express
            (_, 36 or 38 or 39, _, _, 14) or (_, _, >= 300 and <= 305, _, 14) => true, // Diners Club
            (_, 65, _, _, 16 or 19) or (_, _, >= 644 and <= 649, _, 16 or 19) => true, // Discover
            (_, _, _, 6011, 16 or 19) => true,
            (_, _, _, >= 3528 and <= 3589, 16 or 19) => true,                    // JCB
            (_, 62, _, _, >= 16) => true,                                        // UnionPay
            _ => false,
        };
        if (!begins)
            return false;
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            sum += i % 2 == 0 ? digit : digit > 4 ? (2 * digit) - 9 : 2 * digit;
        }
        return sum % 10 == 0;
    }

    private static int NextGroup(string text, int from)
    {
        var next = text.AsSpan(from).IndexOfAnyInRange('0', '9');
        return next < 0 ? -1 : from + next;
    }

    private static int EndOfGroup(string text, int at)
    {
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return at;
    }

    private static bool IsSeparator(char c) =>
        c is ' ' or '-' or '.' or '\u00A0' or '\u2009' or '\u202F' or '\u2011' or '\u2013';

    // Its groups may look like a card's, and a bank's number in a text is nobody's secret.
    [GeneratedRegex(@"\b[A-Z]{2}\d{2}(\s?[A-Z0-9]{4}){2,7}(\s?[A-Z0-9]{1,3})?\b")]
    private static partial Regex Iban();
}
