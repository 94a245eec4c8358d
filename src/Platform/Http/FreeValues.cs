using System.Collections;
using System.Text.Json;

namespace Souk.Platform.Http;

/// <summary>What callers name themselves, such as the attributes of a product: its texts are held to what holds for all texts.</summary>
internal static class FreeValues
{
    public static void Check(IDictionary values, string pointer, ref List<FieldError>? errors)
    {
        foreach (DictionaryEntry entry in values)
        {
            if (CheckName(entry.Key, pointer, ref errors) is not { } at)
                continue;
            if (entry.Value is string text)
                Texts.Check(text, singleLine: false, at, ref errors);
            else if (entry.Value is JsonElement json)
                Check(json, at, ref errors);
        }
    }

    public static void Check(JsonElement json, string pointer, ref List<FieldError>? errors)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                    if (CheckName(member.Name, pointer, ref errors) is { } at)
                        Check(member.Value, at, ref errors);
                break;
            case JsonValueKind.Array:
                foreach (var (index, item) in json.EnumerateArray().Index())
                    Check(item, $"{pointer}/{index}", ref errors);
                break;
            case JsonValueKind.String:
                Texts.Check(json.GetString()!, singleLine: false, pointer, ref errors);
                break;
            case JsonValueKind.Number:
                Texts.Check(json.GetRawText(), singleLine: false, pointer, ref errors);
                break;
        }
    }

    // Where the value of this name stands; null when the name is refused, and then the answer does not repeat it.
    private static string? CheckName(object name, string pointer, ref List<FieldError>? errors)
    {
        var before = errors?.Count ?? 0;
        var text = name.ToString()!;
        Texts.Check(text, singleLine: false, pointer, ref errors);
        return (errors?.Count ?? 0) > before ? null
            : $"{pointer}/{text.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
    }
}
