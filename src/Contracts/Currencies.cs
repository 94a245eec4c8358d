namespace Souk.Contracts;

/// <summary>The currencies a marketplace may trade in and the digits of their minor unit (ISO 4217, list one).</summary>
public static class Currencies
{
    private static readonly string[] WithoutMinorUnit =
        ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];

    private static readonly string[] WithThousandths = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

    private static readonly string[] WithHundredths =
    [
        "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND",
        "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK",
        "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD",
        "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK",
        "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN",
        "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON",
        "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP",
        "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VES", "WST", "XCD",
        "YER", "ZAR", "ZMW", "ZWG",
    ];

    private static readonly Dictionary<string, int> DigitsByCode = WithoutMinorUnit.Select(code => (code, digits: 0))
        .Concat(WithHundredths.Select(code => (code, digits: 2)))
        .Concat(WithThousandths.Select(code => (code, digits: 3)))
        .ToDictionary(pair => pair.code, pair => pair.digits, StringComparer.Ordinal);

    /// <summary>Whether the code names a currency that can be traded in. Codes are upper case.</summary>
    public static bool Knows(string code) => DigitsByCode.ContainsKey(code);

    /// <summary>Decimal digits of the minor unit: 2 for EUR, 0 for JPY, 3 for BHD.</summary>
    /// <exception cref="ArgumentException">The code names no currency.</exception>
    public static int Digits(string code) =>
        DigitsByCode.TryGetValue(code, out var digits) ? digits : throw new ArgumentException($"'{code}' is no currency.", nameof(code));

    /// <summary>Minor units of a decimal in major units: 19.99 EUR is 1999. Refuses what has more digits than the currency.</summary>
    /// <returns>Null when the value has too many digits or does not fit.</returns>
    public static long? ToMinor(decimal major, string code)
    {
        var factor = Factor(code);
        if (Math.Abs(major) > long.MaxValue / factor)
            return null;
        var minor = major * factor;
        return minor == decimal.Truncate(minor) ? (long)minor : null;
    }

    /// <summary>The decimal in major units: 1999 EUR is 19.99.</summary>
    public static decimal ToMajor(long minor, string code) => minor / Factor(code);

    private static decimal Factor(string code) => Digits(code) switch { 0 => 1m, 2 => 100m, _ => 1000m };
}
