using System.Text.Json;

namespace Souk.Payments.Domain;

/// <summary>The snake_case words of an enumeration, as they stand in the database and in answers.</summary>
internal static class Words
{
    public static string Of<T>(T value) where T : struct, Enum => Table<T>.Words[value];

    public static T Read<T>(string word) where T : struct, Enum => Table<T>.Values[word];

    private static class Table<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Words =
            Enum.GetValues<T>().ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

        public static readonly Dictionary<string, T> Values =
            Words.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }
}
