using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Walls;

/// <summary>A parameter of an operation.</summary>
internal sealed record Parameter(string Name, string In, JsonObject Schema, bool IsRequired);

/// <summary>One operation of the OpenAPI document, as far as its walls are concerned.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Path">With its parameters in braces.</param>
/// <param name="Says">The operation in the document.</param>
/// <param name="Document">The whole document.</param>
internal sealed partial record Operation(string Method, string Path, JsonObject Says, JsonNode Document)
{
    /// <summary>What it is called in lists of operations.</summary>
    public string Name => $"{Method} {Path}";

    /// <summary>Parameters of the path, the query and the headers.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } =
        [.. (Says["parameters"]?.AsArray() ?? []).Select(p =>
            new Parameter(p!["name"]!.ToString(), p["in"]!.ToString(), Resolve(Document, p["schema"])!,
                (bool?)p["required"] == true))];

    /// <summary>The permissions of which one is needed; empty when it takes none.</summary>
    public IReadOnlyList<string> Permissions { get; } =
        [.. (Says["x-permission"]?.AsArray() ?? []).Select(permission => permission!.ToString())];

    /// <summary>Whether nobody needs to sign in.</summary>
    public bool IsPublic { get; } = Says["security"]!.AsArray().Any(scheme => scheme!.AsObject().Count == 0);

    /// <summary>The schema of its JSON body; null when it takes none, or one that is no JSON of a known shape.</summary>
    public JsonObject? Body { get; } = Resolve(Document,
        Says["requestBody"]?["content"]?["application/json"]?["schema"]) is { Count: > 0 } schema ? schema : null;

    /// <summary>The example of its body.</summary>
    public JsonNode? Example { get; } = Says["requestBody"]?["content"]?["application/json"]?["example"];

    /// <summary>Whether its body is a picture.</summary>
    public bool TakesPicture { get; } = Says["requestBody"]?["content"]?["image/png"] is not null;

    /// <summary>Whether it takes a body at all.</summary>
    public bool HasBody { get; } = Says["requestBody"] is not null;

    /// <summary>The codes that each documented status may have; none for those that are no errors.</summary>
    public IReadOnlyDictionary<int, HashSet<string>> Answers { get; } = Says["responses"]!.AsObject().ToDictionary(
        answer => int.Parse(answer.Key, System.Globalization.CultureInfo.InvariantCulture),
        answer => CodesOf(Resolve(Document, answer.Value)!["description"]!.ToString()));

    /// <summary>What ends things comes last, so that all before it finds them.</summary>
    public int Danger => (Method, Path.Contains('{', StringComparison.Ordinal)) switch
    {
        ("GET", _) => 0,
        ("PUT", _) => 1,
        ("POST", false) => 2,
        ("POST", true) => 3,
        ("DELETE", true) => 4,
        _ => 5,
    };

    /// <summary>All operations of the document.</summary>
    public static IReadOnlyList<Operation> All(JsonNode document) =>
        [.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
            .Where(operation => operation.Value is JsonObject)
            .Select(operation =>
                new Operation(operation.Key.ToUpperInvariant(), path.Key, operation.Value!.AsObject(), document)))];

    /// <summary>The document of the clone.</summary>
    public static JsonNode Committed() =>
        JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(Repository.Root, "docs", "openapi.json")))!;

    /// <summary>The schema itself, where there is a reference to it.</summary>
    public JsonObject? Resolve(JsonNode? schema) => Resolve(Document, schema);

    /// <summary>The first type of a schema that is not null.</summary>
    public static string? TypeOf(JsonObject schema) => schema["type"] switch
    {
        JsonArray several => several.Select(type => type!.ToString()).FirstOrDefault(type => type != "null"),
        var one => one?.ToString(),
    };

    /// <summary>Whether the schema allows null.</summary>
    public static bool IsNullable(JsonObject schema) =>
        schema["type"] is JsonArray several && several.Any(type => type!.ToString() == "null");

    private static JsonObject? Resolve(JsonNode document, JsonNode? schema)
    {
        if (schema?["$ref"]?.ToString() is { } reference)
            return reference.Split('/').Skip(1).Aggregate((JsonNode?)document, (node, part) => node![part])!.AsObject();
        if (schema?["oneOf"] is not JsonArray choices)
            return schema?.AsObject();
        // Null, or that.
        var choice = (JsonObject)Resolve(document,
            choices.First(choice => choice!["type"]?.ToString() != "null"))!.DeepClone();
        choice["type"] = new JsonArray("null", TypeOf(choice));
        return choice;
    }

    private static HashSet<string> CodesOf(string description) =>
        [.. Code().Matches(description).Select(code => code.Groups[1].Value)];

    [GeneratedRegex("`([a-z0-9_]+)`")]
    private static partial Regex Code();
}
