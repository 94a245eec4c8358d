using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Walls;

/// <summary>A place in a body where a value stands.</summary>
/// <param name="Pointer">As a JSON pointer.</param>
/// <param name="Schema">What the document says of it.</param>
/// <param name="IsRequired">Whether a body without it is refused.</param>
/// <param name="Parents">What to put around it, from the outside, where the body at hand has nothing.</param>
internal sealed record Place(string Pointer, JsonObject Schema, bool IsRequired, IReadOnlyList<Func<JsonNode>> Parents)
{
    /// <summary>The name of its member.</summary>
    public string Name => Pointer.Split('/').Last(part => part != "0");

    /// <summary>Whether an id stands there.</summary>
    public bool IsId => Schema["format"]?.ToString() == "uuid";

    /// <summary>Puts a value there, and takes away what is there for null. False when the body has another shape.</summary>
    public bool Put(JsonNode body, JsonNode? value)
    {
        var parts = Pointer.Split('/')[1..];
        JsonNode? node = body;
        for (var i = 0; i < parts.Length; i++)
        {
            var isLast = i == parts.Length - 1;
            switch (node)
            {
                case JsonObject members when isLast && value is null:
                    return members.Remove(parts[i]);
                case JsonObject members when isLast:
                    members[parts[i]] = value;
                    return true;
                case JsonObject members:
                    node = members[parts[i]] ??= Parents[i]();
                    break;
                case JsonArray items:
                    if (items.Count == 0)
                        items.Add(isLast ? value : Parents[i]());
                    else if (isLast)
                        items[0] = value;
                    if (isLast)
                        return true;
                    node = items[0];
                    break;
                default:
                    return false;
            }
        }
        return true;
    }
}

/// <summary>Bodies and their places, made of the document.</summary>
internal static partial class Sample
{
    private const int DepthMax = 5;

    // Members whose name is not that of the thing.
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.Ordinal)
    {
        ["seller"] = "company", ["entity"] = "company", ["method"] = "delivery-method", ["user"] = "account",
        ["parent"] = "category", ["file"] = "payout-file",
    };

    // What somebody would like to set who has read an answer, or other people's mistakes.
    private static readonly string[] NotTheirs =
    [
        "id", "role", "roles", "status", "permissions", "balance", "commission", "verified", "email_verified",
            "created_at", "updated_at", "version", "account_id", "seller_id", "is_admin", "kind",
        "price_minor", "total", "total_minor", "captured", "refunded", "rating", "ranking", "password_hash", "approved",
            "approved_at",
    ];

    /// <summary>The example of the operation, with things there are in place of its ids; null when it takes no JSON.</summary>
    public static JsonNode? Good(Operation operation, IReadOnlyDictionary<string, string> things)
    {
        var body = operation.Body is null ? null : operation.Example?.DeepClone() ?? Of(operation, operation.Body);
        Fill(body, things);
        return body;
    }

    /// <summary>The smallest body that the schema takes.</summary>
    public static JsonNode Of(Operation operation, JsonObject schema, int depth = 0)
    {
        if (schema["enum"]?.AsArray().FirstOrDefault(value => value is not null) is { } one)
            return one.DeepClone();
        switch (Operation.TypeOf(schema))
        {
            case "integer" or "number":
                return JsonValue.Create(schema["minimum"]?.ToString() is { } least
                    && decimal.TryParse(least, out var number) && number > 1 ? (long)number : 1);
            case "boolean":
                return JsonValue.Create(true);
            case "array":
                return depth < DepthMax && operation.Resolve(schema["items"]) is { } item
                    ? new JsonArray(Of(operation, item, depth + 1)) : [];
            case "object" or null:
                var required = schema["required"]?.AsArray().Select(name => name!.ToString()).ToHashSet() ?? [];
                return new JsonObject((schema["properties"]?.AsObject() ?? []).Where(property =>
                    required.Contains(property.Key))
                    .Select(property => KeyValuePair.Create<string,
                        JsonNode?>(property.Key, Of(operation, operation.Resolve(property.Value)!, depth + 1))));
            default:
                return JsonValue.Create(schema["format"]?.ToString() switch
                {
                    "uuid" => "019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e",
                    "date-time" => "2026-01-31T12:00:00Z",
                    _ => "text",
                });
        }
    }

    /// <summary>Every place in the bodies of a schema; of a list the first entry.</summary>
    public static IEnumerable<Place> Places(Operation operation, JsonObject schema) =>
        Places(operation, schema, "", []);

    /// <summary>Names that stand in its answers, or that others would like to set, and that its body does not have.</summary>
    public static IEnumerable<string> NotTaken(Operation operation)
    {
        if (operation.Body?["properties"] is not JsonObject taken)
            return [];
        var answered = operation.Says["responses"]!.AsObject().Where(answer => answer.Key[0] == '2')
            .SelectMany(answer =>
                operation.Resolve(answer.Value?["content"]?["application/json"]?["schema"])?["properties"]?.AsObject()
                ?? []).Select(property => property.Key);
        return answered.Concat(NotTheirs).Distinct().Where(name => !taken.ContainsKey(name));
    }

    private static IEnumerable<Place> Places(Operation operation, JsonObject schema, string pointer,
        IReadOnlyList<Func<JsonNode>> parents)
    {
        if (parents.Count > DepthMax)
            yield break;
        if (Operation.TypeOf(schema) == "array" && operation.Resolve(schema["items"]) is { } item)
        {
            IReadOnlyList<Func<JsonNode>> inside = [.. parents, () => Of(operation, item)];
            yield return new Place(pointer + "/0", item, IsRequired: false, inside);
            foreach (var place in Places(operation, item, pointer + "/0", inside))
                yield return place;
        }
        var required = schema["required"]?.AsArray().Select(name => name!.ToString()).ToHashSet() ?? [];
        foreach (var (name, value) in schema["properties"]?.AsObject() ?? [])
        {
            var property = operation.Resolve(value)!;
            IReadOnlyList<Func<JsonNode>> inside = [.. parents, () => Of(operation, property)];
            // Only what is required of the body itself: a body may be refused for the lack of a whole part, or be good
            // without it.
            yield return new Place($"{pointer}/{name}", property, required.Contains(name) && parents.Count == 0,
                inside);
            foreach (var place in Places(operation, property, $"{pointer}/{name}", inside))
                yield return place;
        }
    }

    /// <summary>Puts things there are in place of the ids in a body.</summary>
    public static void Fill(JsonNode? node, IReadOnlyDictionary<string, string> things)
    {
        foreach (var (name, value) in (node as JsonObject)?.ToArray() ?? [])
            if (value is null || ThingOf(name, things) is not { } thing)
                Fill(value, things);
            else if (value is JsonArray { Count: > 0 })
                node![name] = new JsonArray(things[thing]);
            else if (value is JsonValue)
                node![name] = things[thing];
        foreach (var item in node as JsonArray ?? [])
            Fill(item, things);
    }

    /// <summary>The thing that a member is the id of, as <c>warehouse</c> of <c>to_warehouse_id</c>; null for none of these.</summary>
    public static string? ThingOf(string member, IReadOnlyDictionary<string, string> things)
    {
        if (!IdMember().IsMatch(member))
            return null;
        var name = IdMember().Replace(member, "").Replace('_', '-');
        name = OtherNames.GetValueOrDefault(name, name);
        while (!things.ContainsKey(name) && name.Contains('-', StringComparison.Ordinal))
            name = name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..];
        return things.ContainsKey(name) ? name : null;
    }

    [GeneratedRegex("_ids?$")]
    private static partial Regex IdMember();
}
