using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Walls;

/// <summary>Secrets and card numbers that were handed out, each with a name, and a look for them in a text.</summary>
internal sealed partial class Leaks(int seed)
{
    private const int CardLength = 16;
    private static readonly string[] Separators = ["", " ", "-"];
    private readonly Random random = new(seed);
    private readonly ConcurrentDictionary<string, string> secrets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> cards = new(StringComparer.Ordinal);

    public int Secrets => secrets.Count;

    public int Cards => cards.Count;

    /// <summary>Something that must lie nowhere: as it is, in hexadecimal, and what it is the base64 of.</summary>
    public string Secret(string name, string text)
    {
        secrets[text] = name;
        secrets[Hex(Encoding.UTF8.GetBytes(text))] = name;
        // The last 16 bytes are enough: what stands before them in some tokens is an id.
        if (text.Length >= 22 && Base64Url.IsValid(text))
            secrets[Hex(Base64Url.DecodeFromChars(text)[^16..])] = name + ", decoded";
        return text;
    }

    /// <summary>A new number that only a card has, in one piece or in groups.</summary>
    public string Card(string name)
    {
        var digits = "4"
            + string.Concat(Enumerable.Range(0, CardLength - 2)
            .Select(_ => random.Next(10).ToString(CultureInfo.InvariantCulture)));
        var sum = digits.Select((digit, i) => (digit - '0') * (i % 2 == 0 ? 2 : 1)).Sum(n => n > 9 ? n - 9 : n);
        digits += ((10 - (sum % 10)) % 10).ToString(CultureInfo.InvariantCulture);
        cards[digits] = name;
        return string.Join(Separators[random.Next(Separators.Length)], digits.Chunk(4)
            .Select(group => new string(group)));
    }

    /// <summary>The names of what stands in a text, or in bytes that it writes as PostgreSQL does.</summary>
    public IEnumerable<string> In(string text) => OfSecrets(text).Concat(OfCards(text)).Concat(
        Bytes().Matches(text).Where(bytes => bytes.Length % 2 == 0)
            .SelectMany(bytes => OfCards(Encoding.Latin1.GetString(Convert.FromHexString(bytes.ValueSpan[2..])))))
            .Distinct();

    private IEnumerable<string> OfSecrets(string text) =>
        secrets.Where(secret => text.Contains(secret.Key, StringComparison.Ordinal)).Select(secret => secret.Value);

    private IEnumerable<string> OfCards(string text)
    {
        foreach (Match run in Digits().Matches(text))
        {
            var digits = new string([.. run.Value.Where(char.IsAsciiDigit)]);
            for (var at = 0; at + CardLength <= digits.Length; at++)
                if (cards.TryGetValue(digits.Substring(at, CardLength), out var name))
                    yield return name;
        }
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    [GeneratedRegex(@"\\x([0-9a-f]{2})+")]
    private static partial Regex Bytes();

    [GeneratedRegex(@"\d([ .-]?\d){15,}")]
    private static partial Regex Digits();
}
