using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Walls;

/// <summary>What an answer shows of the schemas of the document: each as <c>OrderResponse.account_id</c>.</summary>
internal static class SeenKeys
{
    /// <summary>Whoever may read the answer at all sees it.</summary>
    public const string All = "all";

    /// <summary>The lines of <c>tests/seen.txt</c>: which groups see a member, or, as <c>Schema.*</c>, all others.</summary>
    public static IReadOnlyDictionary<string, HashSet<string>> Allowed() =>
        File.ReadLines(Path.Combine(Repository.Root, "tests", "seen.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(parts => parts[0], parts => parts[1].Split(' ').ToHashSet(), StringComparer.Ordinal);

    /// <summary>Whether these lines show a member to a group.</summary>
    public static bool Allows(this IReadOnlyDictionary<string, HashSet<string>> allowed, string key, string group) =>
        (allowed.TryGetValue(key, out var groups) || allowed.TryGetValue(key.Split('.')[0] + ".*", out groups))
            && (groups.Contains(All) || groups.Contains(group));

    /// <summary>The members of an answer that say something: neither null nor an empty list.</summary>
    public static IEnumerable<string> Of(Operation operation, WireAnswer answer)
    {
        var status = answer.Status.ToString(CultureInfo.InvariantCulture);
        var schema = operation.Says["responses"]![status]?["content"]?["application/json"]?["schema"];
        return schema is null || answer.Body.Length == 0 ? []
            : Walk(operation.Document, schema, "", JsonElement.Parse(answer.Body));
    }

    private static IEnumerable<string> Walk(JsonNode document, JsonNode schema, string name, JsonElement value)
    {
        if (schema["oneOf"] is JsonArray choices)
            schema = choices.First(choice => choice!["type"]?.ToString() != "null")!;
        while (schema["$ref"]?.ToString() is { } reference)
        {
            name = reference.Split('/')[^1];
            schema = document["components"]!["schemas"]![name]!;
        }
        if (value.ValueKind == JsonValueKind.Array && schema["items"] is { } item)
            return value.EnumerateArray().SelectMany(one => Walk(document, item, name, one));
        if (value.ValueKind != JsonValueKind.Object || schema["properties"] is not JsonObject properties)
            return [];
        return value.EnumerateObject().Where(member => Says(member.Value)).SelectMany(member =>
            properties[member.Name] is { } property
            ? Walk(document, property, $"{name}.{member.Name}", member.Value).Prepend($"{name}.{member.Name}")
            : [$"{name}.{member.Name}, which its schema does not have"]);
    }

    private static bool Says(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };
}
